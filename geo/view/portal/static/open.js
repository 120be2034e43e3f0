"use strict";
/* Unfolds what the address names, for browsers that do not do it themselves. */
(() => {
  const unfold = () => {
    const named = document.getElementById(location.hash.slice(1));
    const folded = named && named.closest("details");
    if (!folded || folded.open) return;
    folded.open = true;
    folded.scrollIntoView();
  };

  addEventListener("hashchange", unfold);
  unfold();
})();
