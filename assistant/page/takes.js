// Tabs below the picture, the stems with their switches, and the list of takes. What stands on them comes from the
// server. Conventions: lists and tabs are one stop of the Tab key each; arrows move inside.
(() => {
  const { sound, goOn } = window.cuewright;
  const wish = (what) => window.cuewright.wish(what);
  let chosen = null; // the tab that stays open from take to take

  function roving(list, items, event, chooses) {
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const mirrored = getComputedStyle(list).direction === "rtl" && event.key.match(/Left|Right/) ? -1 : 1;
    const at = items.indexOf(document.activeElement), step = (steps[event.key] ?? 0) * mirrored;
    const next = event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : at + step;
    if (at < 0 || next === at || !(event.key in steps || event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    const item = items[(next + items.length) % items.length];
    item.focus();
    if (chooses) item.click();
  }

  // A row of buttons is one stop of the Tab key too.
  const row = (bar) => [...bar.querySelectorAll("button")];
  document.addEventListener("keydown", (event) => {
    const bar = event.target.closest?.("#take [role=toolbar], #turns[role=toolbar]");
    if (!bar) return;
    const able = row(bar).filter((button) => !button.disabled && button.getClientRects().length);
    roving(bar, able, event, false);
    for (const button of row(bar)) button.tabIndex = button === document.activeElement ? 0 : -1;
  });

  // Gradio draws the row of undo, redo, stop and new; which of them can be pressed changes from take to take.
  function settle(bar) {
    const able = row(bar).filter((button) => !button.disabled);
    const stop = able.find((button) => button === document.activeElement) ?? able[0];
    for (const button of row(bar)) if (button.tabIndex !== (button === stop ? 0 : -1)) button.tabIndex = button === stop ? 0 : -1;
  }
  const waiting = setInterval(() => {
    const bar = document.querySelector("#turns");
    if (!bar) return;
    clearInterval(waiting);
    bar.setAttribute("role", "toolbar");
    settle(bar);
    new MutationObserver(() => settle(bar)).observe(bar, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled"] });
  }, 100);

  class Tabs extends HTMLElement {
    connectedCallback() {
      for (const bar of this.closest(".cw-take")?.querySelectorAll("[role=toolbar]") ?? []) {
        for (const [place, button] of row(bar).entries()) button.tabIndex = place ? -1 : 0;
      }
      const panels = [...this.querySelectorAll(":scope > section[data-tab]")];
      const list = document.createElement("div");
      list.setAttribute("role", "tablist");
      list.className = "cw-tablist";
      this.tabs = panels.map((panel) => {
        const tab = document.createElement("button");
        Object.assign(tab, { type: "button", textContent: panel.dataset.label, id: `cw-tab-${panel.dataset.tab}` });
        tab.setAttribute("role", "tab");
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
        tab.addEventListener("click", () => { chosen = panel.dataset.tab; this.open(chosen); });
        list.append(tab);
        return tab;
      });
      list.addEventListener("keydown", (event) => roving(list, this.tabs, event, true));
      this.prepend(list);
      this.panels = panels;
      this.open(panels.some(({ dataset }) => dataset.tab === chosen) ? chosen : this.dataset.first);
    }

    open(name) {
      for (const [number, panel] of this.panels.entries()) {
        const is = panel.dataset.tab === name;
        panel.hidden = !is;
        this.tabs[number].setAttribute("aria-selected", String(is));
        this.tabs[number].tabIndex = is ? 0 : -1;
        if (is) panel.dispatchEvent(new CustomEvent("cw-open", { bubbles: true }));
      }
    }
  }
  customElements.define("cw-tabs", Tabs);

  let switched = { take: null, solo: [], mute: [] }; // what is switched stays so while the same stems sound

  class Stems extends HTMLElement {
    connectedCallback() {
      const { of: take } = this.dataset;
      if (sound.deck?.kind !== "stems" || switched.take !== take) switched = { take, solo: [], mute: [] };
      this.state = switched;
      this.addEventListener("click", (event) => this.#pressed(event.target.closest("button")));
      this.closest("section")?.addEventListener("cw-open", () => this.#fetch());
      if (!this.closest("section")?.hidden && this.closest("cw-tabs")?.panels) this.#fetch();
      this.told = new AbortController();
      sound.addEventListener("change", () => this.#forget(), { signal: this.told.signal });
      this.show();
    }

    disconnectedCallback() { this.told?.abort(); }

    // Where something else sounds than the parts, no switch of theirs is pressed.
    #forget() {
      const { solo, mute } = this.state;
      if (this.isLoading || sound.deck?.kind === "stems" || !(solo.length || mute.length)) return;
      solo.length = mute.length = 0;
      this.show();
    }

    async #fetch() {
      if (this.deck || this.fetching) return;
      this.fetching = true;
      const status = this.querySelector("[role=status]"), { loading, failed } = this.dataset;
      try {
        while (String(sound.cue?.take) !== this.dataset.of) {
          await new Promise((done) => sound.addEventListener("change", done, { once: true }));
        }
        this.deck = await sound.stems((at, of) => { status.textContent = `${loading} ${at + 1}/${of}`; });
        status.textContent = "";
      } catch (error) {
        console.warn(error);
        status.textContent = failed;
      }
      this.fetching = false;
      this.show();
    }

    #pressed(button) {
      const part = button?.closest("[data-part]")?.dataset.part, { what } = button?.dataset ?? {};
      if (!part || !what) return;
      const list = this.state[what], at = list.indexOf(part);
      if (at < 0) list.push(part);
      else list.splice(at, 1);
      this.#apply();
      this.show();
    }

    hears(part) {
      const { solo, mute } = this.state;
      return solo.length ? solo.includes(part) : !mute.includes(part);
    }

    #apply() {
      const { solo, mute } = this.state, isPlain = !solo.length && !mute.length;
      if (!this.deck || (isPlain && !sound.deck)) return;
      // The whole of a film has its own sound in it: it comes from its file again.
      const back = isPlain && document.querySelector("cw-player video");
      if (back) return sound.load(null);
      this.isLoading = true;
      for (const track of this.deck.tracks) track.gain = this.hears(track.id) ? 1 : 0;
      if (sound.deck !== this.deck) sound.load(this.deck);
      else sound.mix(({ id }) => (this.hears(id) ? 1 : 0));
      this.isLoading = false;
    }

    show() {
      for (const button of this.querySelectorAll("button[data-what]")) {
        const { part } = button.closest("[data-part]").dataset, { what } = button.dataset;
        button.disabled = !this.deck;
        button.setAttribute("aria-pressed", String(this.state[what].includes(part)));
        button.closest("[data-part]").classList.toggle("cw-unheard", !this.hears(part));
      }
      for (const path of document.querySelectorAll("#take svg path[data-part]")) {
        path.classList.toggle("cw-unheard", !this.hears(path.dataset.part));
      }
    }
  }
  customElements.define("cw-stems", Stems);

  class Takes extends HTMLElement {
    connectedCallback() {
      const list = this.querySelector("[role=listbox]"), items = [...list.children];
      list.addEventListener("keydown", (event) => {
        if (event.target.tagName === "INPUT") return;
        roving(list, items, event, false);
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.target.click(); }
        if (event.key === "F2") { event.preventDefault(); this.#rename(); }
      });
      list.addEventListener("click", ({ target }) => {
        const item = target.closest("[data-number]");
        if (!item || target.tagName === "INPUT" || item.getAttribute("aria-selected") === "true") return;
        goOn();
        wish({ do: "choose", take: Number(item.dataset.number) });
      });
      this.querySelector("[data-do=rename]").addEventListener("click", () => this.#rename());
      this.querySelector("[data-do=compare]")?.addEventListener("click", ({ currentTarget }) => {
        document.querySelector("cw-player").compare(Number(currentTarget.dataset.number));
      });
      const current = list.querySelector("[aria-selected=true]");
      if (current) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
    }

    // The name of the current take becomes a box; Enter or leaving it keeps what stands there, Escape doesn't.
    #rename() {
      const item = this.querySelector("[aria-selected=true]"), name = item.querySelector(".cw-name");
      const box = Object.assign(document.createElement("input"), { value: name.dataset.name, maxLength: 40 });
      box.setAttribute("aria-label", this.querySelector("[data-do=rename]").textContent);
      let isDone = false;
      const done = (keeps) => {
        if (isDone) return;
        isDone = true;
        if (keeps && box.value.trim() !== name.dataset.name) {
          wish({ do: "rename", take: Number(item.dataset.number), name: box.value.trim() });
        }
        box.replaceWith(name);
      };
      box.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Enter") done(true);
        if (event.key === "Escape") done(false);
      });
      box.addEventListener("blur", () => done(true));
      name.replaceWith(box);
      box.focus();
      box.select();
    }
  }
  customElements.define("cw-takes", Takes);
})();
