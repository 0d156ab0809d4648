(() => {
  const players = [...document.querySelectorAll("audio, video")];
  const pictures = [...document.querySelectorAll("svg[data-length-s]:not(.before)")];
  const bars = [...document.querySelectorAll("[data-start-s]")];
  const main = players[0];
  let heard = null;
  const show = () => {
    if (!heard) return;
    const now = heard.currentTime;
    for (const picture of pictures) {
      const { left, right, lengthS } = picture.dataset;
      const head = picture.querySelector(".playhead");
      if (!head) continue;
      head.setAttribute("visibility", "visible");
      head.setAttribute("transform", `translate(${((right - left) * Math.min(now, lengthS)) / lengthS} 0)`);
    }
    for (const bar of bars) bar.classList.toggle("now", now >= bar.dataset.startS && now < bar.dataset.endS);
    if (!heard.paused) requestAnimationFrame(show);
  };
  const seek = (seconds) => {
    const player = heard || main;
    if (!player) return;
    heard = player;
    player.currentTime = seconds;
    show();
  };
  // A report that was taken away from its folder shows no players that cannot play.
  for (const player of players) player.addEventListener("error", () => {
    (player.closest(".player") || player.closest("section:has(video)") || player).style.display = "none";
    if (player === main) for (const other of document.querySelectorAll(".stem audio")) other.style.display = "none";
  });
  for (const player of players) {
    player.addEventListener("play", () => {
      for (const other of players) if (other !== player) other.pause();
      heard = player;
      show();
    });
    player.addEventListener("seeked", () => { if (player === heard) show(); });
  }
  for (const picture of pictures) picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    const { left, right, lengthS } = picture.dataset;
    const across = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
    seek(Math.max(0, Math.min(1, (across - left) / (right - left))) * lengthS);
  });
  for (const bar of bars) bar.addEventListener("click", () => seek(Number(bar.dataset.startS) + 0.01));
})();
