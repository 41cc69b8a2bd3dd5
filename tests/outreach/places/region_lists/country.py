"""Ten regions of two regencies, with both codes."""

from collections.abc import Callable

from outreach.models import Region
from outreach.places.regions.loading import RegionReport

Load = Callable[..., RegionReport]


VILLAGES = {
    "12.71.01.1001": "Sitirejo",
    "12.71.01.1002": "Binjai",
    "12.71.02.1001": "Sei Mati",
    "12.20.01.2001": "Batang Onang",
}


PARENTS = {
    "12": "Sumatera Utara",
    "12.20": "Kabupaten Padang Lawas Utara",
    "12.20.01": "Dolok Sigompulon",
    "12.71": "Kota Medan",
    "12.71.01": "Medan Kota",
    "12.71.02": "Medan Maimun",
}


EVERY = PARENTS | VILLAGES


BPS = {
    "12": "12",
    "12.20": "1220",
    "12.20.01": "1220080",
    "12.71": "1275",
    "12.71.01": "1275040",
    "12.71.02": "1275041",
    "12.71.01.1001": "1275040001",
    "12.71.01.1002": "1275040002",
    "12.71.02.1001": "1275041001",
    "12.20.01.2001": "1220080001",
}


def stored() -> dict[str, str]:
    return dict(Region.objects.values_list("code", "name"))


def lines(form: str, header: str = "", regions: dict[str, str] = EVERY) -> str:
    rows = [
        form.format(
            code=code,
            digits=code.replace(".", ""),
            name=name,
            parent=code.rpartition(".")[0],
            bps=BPS[code],
        )
        for code, name in regions.items()
    ]
    return "\n".join([*([header] if header else []), *rows]) + "\n"


DUMP = """
-- a dump's head; DELETE FROM wilayah;
/*!40101 SET NAMES utf8 */;
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
DROP TABLE IF EXISTS `regions`.`wilayah`;
CREATE TABLE IF NOT EXISTS `wilayah` (
  `nama` varchar(100) DEFAULT NULL,
  `kode` varchar(13) NOT NULL,
  `luas` decimal(10,2),
  PRIMARY KEY (`kode`)
) ENGINE=MyISAM;
LOCK TABLES `wilayah` WRITE; # locked
DELETE FROM wilayah;
INSERT IGNORE INTO `wilayah` VALUES
('Sumatera Utara','12',NULL),('Kota ''Medan''','12.71',2.5),
("Medan \\"Kota\\"",'12.71.01',-1e3);
INSERT INTO wilayah (kode, nama) VALUES ('12.71.01.1001','Ma\\'u; -- no comment');
UNLOCK TABLES;
COMMIT;
"""
