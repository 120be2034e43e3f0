"use strict";
/* Offers the phone's position. Nothing is asked for before the button is pressed, and it goes only
   where the form goes: to this server. Without this file the page is whole. */
(() => {
  const button = document.getElementById("here");
  const field = document.getElementById("q");
  const said = document.getElementById("here-said");
  if (!button || !navigator.geolocation || !window.isSecureContext) return;
  const polish = document.documentElement.lang === "pl";
  const say = (pl, en) => {
    said.textContent = polish ? pl : en;
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    say("Szukam położenia…", "Looking for your position…");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        say("", "");
        field.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
        field.form.requestSubmit();
      },
      () => say("Telefon nie podał położenia. Wpisz adres albo dotknij mapy.",
        "The phone gave no position. Type an address or tap the map."),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
})();
