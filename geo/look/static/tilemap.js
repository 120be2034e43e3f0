// Draws the vector tiles of the collection it stands on; the page is whole without it.
import { AttributionControl, Map, NavigationControl, Popup, ScaleControl } from "./vendor/maplibre/maplibre-gl.mjs";

const english = document.documentElement.lang === "en";
const POLISH = {
  "AttributionControl.ToggleAttribution": "Pokaż lub ukryj źródło danych",
  "CooperativeGesturesHandler.WindowsHelpText": "Aby powiększać, przytrzymaj Ctrl i kręć kółkiem",
  "CooperativeGesturesHandler.MacHelpText": "Aby powiększać, przytrzymaj ⌘ i kręć kółkiem",
  "CooperativeGesturesHandler.MobileHelpText": "Mapę przesuwa się dwoma palcami",
  "Map.Title": "Mapa",
  "NavigationControl.ZoomIn": "Przybliż",
  "NavigationControl.ZoomOut": "Oddal",
  "Popup.Close": "Zamknij",
  "ScaleControl.Meters": "m",
  "ScaleControl.Kilometers": "km",
};

function words(name, value, fields) {
  const field = fields[name];
  const meaning = field?.codes?.[value];
  const shown = typeof value === "boolean" ? (value ? ["tak", "yes"] : ["nie", "no"])[english ? 1 : 0] : String(value);
  return [field?.title ?? name, meaning ? `${meaning} (${shown})` : shown + (field?.unit ? ` ${field.unit}` : "")];
}

function told(feature, fields, address) {
  const box = document.createElement("div");
  const list = document.createElement("dl");
  for (const [name, value] of Object.entries(feature.properties).slice(0, 8)) {
    const [title, text] = words(name, value, fields);
    const term = document.createElement("dt");
    term.textContent = title;
    const shown = document.createElement("dd");
    shown.textContent = text;
    list.append(term, shown);
  }
  box.append(list);
  const id = feature.properties[address.idField];
  if (id !== undefined) {
    const link = document.createElement("a");
    link.href = `${address.items}/${encodeURIComponent(id)}${english ? "?lang=en" : ""}`;
    link.textContent = english ? "The whole feature" : "Cały obiekt";
    box.append(link);
  }
  return box;
}

function draw(box) {
  const [west, south, east, north] = JSON.parse(box.dataset.bounds);
  const fields = JSON.parse(box.dataset.fields);
  const map = new Map({
    container: box,
    style: box.dataset.style,
    bounds: [[west, south], [east, north]],
    fitBoundsOptions: { padding: 20, maxZoom: 16 },
    maxZoom: 19,
    cooperativeGestures: true,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    locale: english ? undefined : POLISH,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl());
  map.addControl(new AttributionControl({ compact: false }));
  const mine = (at) => map.queryRenderedFeatures(at).filter((each) => each.sourceLayer === box.dataset.layer);
  map.on("click", (event) => {
    const [feature] = mine(event.point);
    if (feature) {
      new Popup({ maxWidth: "20rem" })
        .setLngLat(event.lngLat)
        .setDOMContent(told(feature, fields, { items: box.dataset.items, idField: box.dataset.id }))
        .addTo(map);
    }
  });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = mine(event.point).length ? "pointer" : "";
  });
  map.once("idle", () => { box.dataset.drawn = "yes"; });
}

for (const box of document.querySelectorAll("[data-style]")) {
  try {
    draw(box);
  } catch {
    box.remove(); // a browser without WebGL has the table
  }
}
