"use strict";
// One sound for the whole page: the card that is on, what of it is heard, and whether the next follows by itself.
const sound = document.getElementById("sound"), cards = [...document.querySelectorAll("article")];
const links = [...document.querySelectorAll("nav a")], all = document.getElementById("all");
let at = -1, hear = "mix", goesOn = false;

function show() {
  cards.forEach((card, index) => {
    card.classList.toggle("on", index === at);
    card.classList.toggle("playing", index === at && !sound.paused);
    card.querySelectorAll("[data-hear]").forEach(each => each.setAttribute("aria-pressed", String(each.dataset.hear === hear)));
  });
  links.forEach((link, index) => link.classList.toggle("on", index === at));
  document.querySelector("footer").classList.toggle("playing", !sound.paused);
  all.setAttribute("aria-pressed", String(goesOn));
  if (at >= 0) document.getElementById("now").textContent = cards[at].dataset.title + (hear === "mix" ? "" : ", lead alone");
}
function load(index, from = 0) {
  at = (index + cards.length) % cards.length;
  sound.src = cards[at].dataset[hear];
  sound.currentTime = from;
  sound.play().catch(() => show());
  show();
}
function go(index) {
  load(index);
  cards[at].scrollIntoView({ behavior: "smooth", block: "start" });
}
function toggle(index) {
  if (index !== at) load(index);
  else if (sound.paused) sound.play();
  else sound.pause();
}
function listen(what) {
  const from = sound.currentTime, on = at >= 0 && !sound.paused;
  hear = what;
  if (on) load(at, from);
  else if (at >= 0) { sound.src = cards[at].dataset[hear]; sound.currentTime = from; }
  show();
}
cards.forEach((card, index) => {
  card.querySelector(".play").onclick = () => toggle(index);
  card.querySelectorAll("[data-hear]").forEach(each => each.onclick = () => { listen(each.dataset.hear); if (index !== at) load(index); });
  card.querySelectorAll("figure").forEach((figure, which) => figure.onclick = event => {
    hear = which ? "alone" : "mix";
    const box = figure.getBoundingClientRect();
    load(index, 10 * (event.clientX - box.left) / box.width);
  });
});
document.getElementById("play").onclick = () => toggle(Math.max(at, 0));
document.getElementById("before").onclick = () => go(at < 0 ? 0 : at - 1);
document.getElementById("after").onclick = () => go(at + 1);
all.onclick = () => { goesOn = !goesOn; if (goesOn && sound.paused) { if (at < 0) go(0); else sound.play(); } show(); };
sound.onplay = sound.onpause = show;
sound.onended = () => { if (goesOn && at + 1 < cards.length) go(at + 1); else { goesOn = false; show(); } };
(function tick() {
  if (at >= 0 && sound.duration) cards[at].style.setProperty("--at", sound.currentTime / sound.duration);
  requestAnimationFrame(tick);
})();
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { n: () => go(at + 1), p: () => go(at < 0 ? 0 : at - 1), l: () => listen(hear === "mix" ? "alone" : "mix"), a: () => all.click() };
  const act = event.key === " " && !event.target.closest("button, summary, a") ? () => toggle(Math.max(at, 0)) : keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
