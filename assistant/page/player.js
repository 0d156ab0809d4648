// The player: buttons, keys and lists on the page, joined to the sound. What stands on them comes from the server.
// Conventions: an element says in data-do what it does; <cw-player> carries the take as JSON in data-cue.
(() => {
  const { sound } = window.cuewright;
  const clock = (timeS) => `${Math.floor(timeS / 60)}:${String(Math.floor(timeS % 60)).padStart(2, "0")}`;
  const player = () => document.querySelector("cw-player");
  let goesOn = false; // whether the take that is chosen next goes on where this one is

  // How a wish goes to the server is set by the page once it stands.
  window.cuewright.wish = () => {};

  class Player extends HTMLElement {
    connectedCallback() {
      this.cue = JSON.parse(this.dataset.cue);
      this.told = new AbortController();
      const { signal } = this.told;
      const audio = this.querySelector("audio"), film = this.querySelector("video");
      this.addEventListener("click", (event) => this.#clicked(event), { signal });
      this.addEventListener("input", (event) => this.#moved(event.target), { signal });
      sound.addEventListener("change", () => this.show(), { signal });
      sound.addEventListener("moved", () => this.#tick(), { signal });
      film?.addEventListener("click", () => sound.toggle(), { signal });
      sound.attach(this.cue, audio, film, { goesOn });
      goesOn = false;
      this.part("volume").value = sound.volume;
      if (this.cue.compare) this.compare(this.cue.compare);
      else if (sound.deck?.kind === "pair") sound.load(null);
      this.#media();
    }

    disconnectedCallback() {
      this.told?.abort();
      setTimeout(() => document.querySelector("cw-player") || sound.pause()); // New took it away: nothing plays unseen
    }

    part(name) { return this.querySelector(`[data-do="${name}"]`); }

    #clicked(event) {
      const what = event.target.closest("[data-do]")?.dataset.do;
      if (what === "play") sound.toggle();
      if (what === "hear") sound.hear(Number(event.target.closest("[data-take]").dataset.take));
      if (what === "part") this.part_();
      if (what === "file") {
        window.cuewright.wish({ do: "taken" });
        this.querySelector("details[open]")?.removeAttribute("open");
      }
    }

    #moved(control) {
      const what = control.dataset.do;
      if (what === "seek") sound.seek(Number(control.value));
      if (what === "volume") sound.setVolume(Number(control.value));
      if (what === "other") this.compare(Number(control.value));
      if (what === "match" && sound.deck?.kind === "pair") sound.hear(sound.deck.heard, control.checked);
    }

    // Both takes decoded and started together, the current one heard first.
    async compare(number) {
      const other = this.cue.others.find(({ take }) => take === number);
      if (!other) return;
      this.part("other").value = number;
      this.dataset.comparing = "loading";
      this.show();
      try {
        const deck = await sound.pair(other, this.part("match").checked);
        if (!deck) return;
        sound.load(deck);
        this.dataset.comparing = number;
      } catch (error) {
        console.warn(error);
        delete this.dataset.comparing;
      }
      this.show();
    }

    part_() {
      delete this.dataset.comparing;
      sound.load(null);
    }

    show() {
      const play = this.part("play"), { texts } = this.cue;
      play.setAttribute("aria-label", sound.isPlaying ? texts.pause : texts.play);
      play.title = play.getAttribute("aria-label");
      play.classList.toggle("cw-playing", sound.isPlaying);
      this.part("seek").max = sound.lengthS;
      const heard = sound.deck?.kind === "pair" ? sound.deck.heard : null;
      if (heard === null && this.dataset.comparing !== "loading") delete this.dataset.comparing;
      this.querySelector(".cw-pair").hidden = !("comparing" in this.dataset);
      const [first, second] = this.querySelectorAll('[data-do="hear"]');
      second.dataset.take = this.part("other").value;
      for (const button of [first, second]) {
        button.disabled = heard === null;
        button.setAttribute("aria-checked", String(Number(button.dataset.take) === heard));
      }
      this.#tick();
      if ("mediaSession" in navigator) navigator.mediaSession.playbackState = sound.isPlaying ? "playing" : "paused";
    }

    #tick() {
      const seek = this.part("seek"), { timeS, lengthS } = sound, said = `${clock(timeS)} / ${clock(lengthS)}`;
      if (seek !== document.activeElement || sound.isPlaying) seek.value = timeS;
      seek.style.setProperty("--share", `${(100 * timeS) / (lengthS || 1)}%`);
      const time = this.querySelector(".cw-time");
      if (time.textContent !== said) {
        time.textContent = said;
        seek.setAttribute("aria-valuetext", said);
      }
    }

    // Media keys, and what a phone shows on its locked screen.
    #media() {
      if (!("mediaSession" in navigator)) return;
      const session = navigator.mediaSession;
      session.metadata = new MediaMetadata({ title: this.cue.label, artist: "Cuewright" });
      const told = {
        play: () => sound.play(),
        pause: () => sound.pause(),
        stop: () => sound.pause(),
        seekto: ({ seekTime }) => sound.seek(seekTime),
        seekbackward: ({ seekOffset }) => sound.seek(sound.timeS - (seekOffset ?? 5)),
        seekforward: ({ seekOffset }) => sound.seek(sound.timeS + (seekOffset ?? 5)),
      };
      for (const [action, handler] of Object.entries(told)) session.setActionHandler(action, handler);
    }
  }
  customElements.define("cw-player", Player);

  // The space bar plays and pauses wherever it has no other meaning.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=range]), textarea, select, button, summary, a, [role=tab], [role=option], [contenteditable=true]");
    if (event.code !== "Space" || typing || !player() || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    sound.toggle();
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("cw-player details[open]")) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("cw-player details[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });

  window.cuewright.goOn = () => { goesOn = sound.isPlaying; };
})();
