// The page's player: playheads follow the sound, a click on a picture seeks, one player at a time, never too loud.
(() => {
  let heard = null;
  const players = () => [...document.querySelectorAll("#take audio, #take video")];
  const pictures = () => [...document.querySelectorAll("#take svg[data-length-s]")];
  const show = () => {
    if (!heard) return;
    for (const picture of pictures()) {
      const { left, right, lengthS } = picture.dataset;
      const head = picture.querySelector(".playhead");
      if (!head) continue;
      head.setAttribute("visibility", "visible");
      head.setAttribute("transform", `translate(${((right - left) * Math.min(heard.currentTime, lengthS)) / lengthS} 0)`);
    }
    if (!heard.paused) requestAnimationFrame(show);
  };
  document.addEventListener("play", (event) => {
    if (!event.target.closest || !event.target.closest("#take")) return;
    for (const other of players()) if (other !== event.target) other.pause();
    heard = event.target;
    show();
  }, true);
  document.addEventListener("seeked", (event) => { if (event.target === heard) show(); }, true);
  document.addEventListener("click", (event) => {
    const picture = event.target.closest && event.target.closest("#take svg[data-length-s]");
    if (!picture) return;
    const player = heard && document.contains(heard) ? heard : players()[0];
    if (!player) return;
    const box = picture.getBoundingClientRect();
    const { left, right, lengthS } = picture.dataset;
    const across = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
    heard = player;
    player.currentTime = Math.max(0, Math.min(1, (across - left) / (right - left))) * lengthS;
    show();
  });
})();
