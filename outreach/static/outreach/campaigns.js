// Drawing a venue on the map of its villages. The numbers are what counts: this only writes them.

const map = document.querySelector("#venue-map");
const METRES_A_DEGREE = 111_320;

const draw = () => {
  const { west, north, across, down } = Object.fromEntries(
    Object.entries(map.dataset).map(([name, text]) => [name, Number(text)]),
  );
  const field = (name) => document.querySelector(`#${name}`);
  const shape = map.querySelector(".venue.main");
  const kind = () => document.querySelector("[name=venue]:checked")?.value;
  const choose = (value) => {
    document.querySelector(`[name=venue][value=${value}]`).checked = true;
  };
  const number = (text) => Number.parseFloat(text.replace(",", "."));
  const corners = () =>
    field("polygon").value.split("\n").map((line) => line.trim().split(/[\s;]+/).map(number)).filter((pair) => pair.length > 1 && pair.every(Number.isFinite));
  const pixels = ([lat, lon]) => [(lon - west) * across, (north - lat) * down];
  const degrees = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    return [north - at.y / down, west + at.x / across];
  };
  const metres = ([lat, lon], [lat2, lon2]) =>
    Math.hypot(lat2 - lat, (lon2 - lon) * Math.cos((lat * Math.PI) / 180)) * METRES_A_DEGREE;

  const circle = () => {
    const centre = [number(field("lat").value), number(field("lon").value)];
    const radius = (number(field("radius_m").value) / METRES_A_DEGREE) * down;
    if (![...centre, radius].every(Number.isFinite)) return "";
    const [x, y] = pixels(centre);
    return `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
  };
  const area = () => {
    const points = corners().map(pixels);
    return points.length ? `M${points.map((point) => point.join(" ")).join("L")}${points.length > 2 ? "z" : ""}` : "";
  };
  const show = () => {
    if (kind() === "kept") return;
    shape.setAttribute("d", { circle, polygon: area }[kind()]?.() ?? "");
  };

  let centre = null;
  map.addEventListener("pointerdown", (event) => {
    if (kind() === "kept") return;
    event.preventDefault();
    const at = degrees(event);
    if (kind() === "polygon") {
      const line = at.map((part) => part.toFixed(6)).join(" ");
      field("polygon").value = [field("polygon").value.trim(), line].filter(Boolean).join("\n");
    } else {
      choose("circle");
      centre = at;
      [field("lat").value, field("lon").value] = at.map((part) => part.toFixed(6));
      field("radius_m").value ||= "200";
      map.setPointerCapture(event.pointerId);
    }
    show();
  });
  map.addEventListener("pointermove", (event) => {
    if (!centre) return;
    const radius = metres(centre, degrees(event));
    if (radius >= 20) field("radius_m").value = String(Math.round(radius));
    show();
  });
  map.addEventListener("pointerup", () => {
    centre = null;
  });
  document.querySelector("[data-take-back]").addEventListener("click", () => {
    field("polygon").value = field("polygon").value.trim().split("\n").slice(0, -1).join("\n");
    show();
  });
  document.querySelector(".plan").addEventListener("input", show);
  document.querySelector(".with-script").hidden = false;
};

if (map) draw();
