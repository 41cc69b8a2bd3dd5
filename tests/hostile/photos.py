"""The campaign of photos: uploads that are cut all the time end whole and matching, or absent."""

import random
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from tests.hostile.campaigns import MOST_IN_A_BATCH, Say, at_work, judged, kill_while
from tests.hostile.photo_laws import broken_photo_laws
from tests.hostile.proxy import Odds, Proxy
from tests.hostile.reports import Report
from tests.hostile.servers import Site
from tests.hostile.tablets import Answer, NoAnswer, Refused, Tablet, team
from tests.pictures import declaration, picture
from tests.sync.tus import BYTES, UPLOADS, checksum, metadata

TUS = {"Tus_Resumable": "1.0.0"}
SCENES = 8
LONGEST_COMMENT = 60_000
LONGEST_CHUNK = 20_000
A_RECORD = 3
TABLETS = 8
WRONG = 0.1
"""How often (0 to 1) a tablet sends other bytes than it declared."""
ODDS = Odds(
    cut_before=0.03,
    cut_request=0.2,
    lose_answer=0.1,
    leave_early=0.03,
    cut_answer=0.04,
    repeat=0.05,
    reorder=0.03,
    delay_s=0.005,
)


@dataclass
class Sender:
    """Brings photos from a tablet, by tus, however often the connection is cut."""

    tablet: Tablet
    random: random.Random
    whole: set[str] = field(default_factory=set)
    """Digests of photos that the server said to have whole."""
    turned_down: set[str] = field(default_factory=set)
    """Digests of photos whose bytes the server found to be others."""
    cut: int = 0
    """Uploads that got no answer while bytes were on their way."""

    def send(self, registration: str, digest: str, content: bytes) -> None:
        """Send one photo until there is a verdict on it."""
        was_cut = False
        while digest not in self.whole | self.turned_down:
            try:
                place, offset = self._begin(registration, digest, len(content))
                was_cut |= self._go_on(place, offset, digest, content)
            except NoAnswer:
                continue
        self.cut += was_cut

    def _begin(self, registration: str, digest: str, size: int) -> tuple[str, int]:
        """A new upload: where it is, and how much of it is there."""
        told = metadata(sha256=digest, kind="workplace", registration=registration)
        answer = self.tablet.ask(
            "POST", UPLOADS, None, **TUS, Upload_Length=str(size), Upload_Metadata=told
        )
        if answer.status != 201:
            raise Refused(f"photo: {answer.words}")
        if "Location" not in answer.headers:
            raise NoAnswer
        return answer.headers["Location"], int(answer.headers.get("Upload-Offset", 0))

    def _go_on(self, place: str, offset: int, digest: str, content: bytes) -> bool:
        """Send chunks until there is a verdict or the upload is gone; whether it was ever cut."""
        was_cut = False
        while True:
            if offset == len(content):
                self.whole.add(digest)
                return was_cut
            try:
                answer = self._chunk(place, offset, content)
            except NoAnswer:
                was_cut = True
                answer = self._head(place)
            if answer.status in (204, 409) and "Upload-Offset" not in answer.headers:
                answer = self._head(place)
            if answer.status == 404:
                return was_cut
            if answer.status == 460 and b"photo_mismatch" in answer.body:
                self.turned_down.add(digest)
                return was_cut
            if answer.status not in (200, 204, 409):
                raise Refused(f"chunk: {answer.words}")
            offset = int(answer.headers["Upload-Offset"])

    def _chunk(self, place: str, offset: int, content: bytes) -> Answer:
        piece = content[offset : offset + self.random.randint(1_000, LONGEST_CHUNK)]
        more = {"Upload_Checksum": checksum(piece)} if self.random.random() < 0.5 else {}
        return self.tablet.ask(
            "PATCH", place, piece, **TUS, Content_Type=BYTES, Upload_Offset=str(offset), **more
        )

    def _head(self, place: str) -> Answer:
        """Where the upload stands; asks until it is told."""
        while True:
            try:
                answer = self.tablet.ask("HEAD", place, None, **TUS)
            except NoAnswer:
                continue
            if answer.status != 200 or "Upload-Offset" in answer.headers:
                return answer


def photos(site: Site, say: Say, *, seed: int, number: int) -> Report:
    """Upload photos while the network cuts chunks and servers get killed; some are not what was
    declared."""
    report = Report(f"{number:,} photos over a bad network, servers killed")
    rng = random.Random(f"{seed}/photos")
    outing = team(site.ports[0], TABLETS)
    records = outing.records(-(-number // A_RECORD), seed)
    contents = _declare(records, number, rng)
    wrong = {digest for digest in contents if rng.random() < WRONG}
    with Proxy(site.ports, ODDS, seed) as proxy:
        tablets = outing.tablets(proxy.port)
        senders = [Sender(one, random.Random(f"{seed}/{at}")) for at, one in enumerate(tablets)]
        work = [
            partial(_work, sender, records[at::TABLETS], contents, wrong)
            for at, sender in enumerate(senders)
        ]

        def tell() -> None:
            judged = sum(len(sender.whole) + len(sender.turned_down) for sender in senders)
            say(f"{judged:,} of {number:,} photos with a verdict")

        with at_work(work, report) as jobs:
            kill_while(jobs, site, rng, report, tell)
    whole = {digest for sender in senders for digest in sender.whole}
    turned_down = {digest for sender in senders for digest in sender.turned_down}
    cut = sum(sender.cut for sender in senders)
    report.figures |= {
        "photos said to be whole": len(whole),
        "photos turned down, their bytes being others": len(turned_down),
        "uploads cut": cut,
        "requests cut inside": proxy.counts["cut_request"],
    }
    if cut < number / 3:
        report.broken.append("too few uploads were cut to prove anything")
    if turned_down != wrong:
        report.broken.append(f"{len(turned_down ^ wrong):,} photos judged otherwise than they are")
    judged(report, site, tablets, len(records))
    report.broken += broken_photo_laws(site, whole, tablets, records)
    return report


def _work(
    sender: Sender,
    records: Sequence[Mapping[str, Any]],
    contents: Mapping[str, bytes],
    wrong: Container[str],
) -> None:
    """Push records, and then send their photos, the `wrong` ones with other bytes."""
    sender.tablet.push_all(records, sender.random, MOST_IN_A_BATCH)
    for record in records:
        for photo in record["photos"]:
            digest = photo["sha256"]
            content = contents[digest]
            if digest in wrong:
                # In the comment, so that it is a picture still.
                content = content[:6] + bytes([content[6] ^ 1]) + content[7:]
            sender.send(record["id"], digest, content)


def _declare(
    records: Sequence[dict[str, Any]], number: int, rng: random.Random
) -> dict[str, bytes]:
    """Have the records declare so many photos; gives those by their SHA-256."""
    contents = [_picture(at, rng) for at in range(number)]
    declared = [declaration(content) for content in contents]
    for at, record in enumerate(records):
        record["photos"] = declared[at * A_RECORD : (at + 1) * A_RECORD]
    return {one["sha256"]: content for one, content in zip(declared, contents, strict=True)}


@cache
def _scene(number: int) -> bytes:
    return picture(number, (320, 240))


def _picture(number: int, rng: random.Random) -> bytes:
    """A JPEG like no other: one of a few scenes, with a comment of its own."""
    scene = _scene(number % SCENES)
    comment = rng.randbytes(rng.randint(2, LONGEST_COMMENT))
    length = (len(comment) + 2).to_bytes(2, "big")
    return scene[:2] + b"\xff\xfe" + length + comment + scene[2:]
