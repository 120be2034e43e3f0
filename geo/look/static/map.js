// Draws the features of the page it stands on; the page is whole without it.
"use strict";

(() => {
  const box = document.getElementById("map");
  if (!box || !window.L) return;
  const english = document.documentElement.lang === "en";
  const map = L.map(box, { attributionControl: false, zoomControl: false });
  L.control
    .zoom({
      zoomInTitle: english ? "Zoom in" : "Przybliż",
      zoomOutTitle: english ? "Zoom out" : "Oddal",
    })
    .addTo(map);
  const style = { color: "#0b5158", weight: 1.5, fillColor: "#41b6c4", fillOpacity: 0.35 };

  function label(feature) {
    const link = document.createElement("a");
    link.textContent = String(feature.id);
    link.href = `${location.pathname.split("/items")[0]}/items/${encodeURIComponent(feature.id)}${english ? "?lang=en" : ""}`;
    return link;
  }

  fetch(box.dataset.items)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
    .then((data) => {
      const drawn = L.geoJSON(data, {
        style,
        pointToLayer: (_, place) => L.circleMarker(place, { ...style, radius: 6 }),
        onEachFeature: (feature, layer) => layer.bindPopup(() => label(feature)),
      }).addTo(map);
      map.fitBounds(drawn.getBounds().pad(0.05), { maxZoom: 17 });
    })
    .catch(() => box.remove());
})();
