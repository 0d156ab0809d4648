// The card's controls: a value opens its control, Enter or leaving it sends what changed, Escape takes it back.
(() => {
  const KEPT = ["field", "place", "dimension"];
  let left = null; // what the hand was at: it gets the focus again in the next take
  const send = (element, field, value) => {
    const take = Number(element.closest("[data-take]").dataset.take);
    const at = [document.activeElement, element].find((each) => each && each.closest("#view"))?.closest("[data-field], [data-place]");
    const named = at ? KEPT.filter((key) => key in at.dataset).map((key) => `[data-${key}="${CSS.escape(at.dataset[key])}"]`) : [];
    left = { take, where: `#view ${at?.classList[0] ? "." + at.classList[0] : ""}${named.join("")}` };
    element.dispatchEvent(new CustomEvent("cw-edit", { bubbles: true, detail: { take, field, value } }));
  };
  const refocus = () => {
    const take = document.querySelector("#view [data-take]")?.dataset.take;
    if (!left || !take || take === String(left.take)) return;
    const at = document.querySelector(left.where);
    left = null;
    if (at && document.activeElement === document.body) (at.querySelector("button:not([hidden])") || at).focus({ preventScroll: true });
  };
  window.cuewright = { ...window.cuewright, send, refocus };
  const controlOf = (box) => box.querySelector("input, select");
  const close = (box, focus) => {
    box.hidden = true;
    const control = controlOf(box);
    control.value = control.dataset.was;
    box.previousElementSibling.hidden = false;
    if (focus) box.previousElementSibling.focus();
  };
  const open = (button) => {
    const box = button.nextElementSibling;
    const control = controlOf(box);
    control.dataset.was = control.value;
    button.hidden = true;
    box.hidden = false;
    control.focus();
    if (control.select) control.select();
  };
  const commit = (box, focus) => {
    const control = controlOf(box);
    const value = control.value;
    if (value === control.dataset.was) return close(box, focus);
    if (control.validity.badInput || !control.validity.valid) return focus ? control.reportValidity() : close(box, false);
    const field = box.closest("[data-field]").dataset.field;
    const words = control.type === "number" && value !== "" ? Number(value) : value;
    close(box, focus);
    send(box, field, value === "" ? null : words);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#view button");
    if (!button) return;
    if (button.dataset.goto) return document.querySelector("#view .timeline .handle")?.focus();
    if (button.dataset.edit) return send(button, button.dataset.edit, button.dataset.value ?? null);
    if (button.matches(".cw-switch")) return send(button, "loop", button.getAttribute("aria-checked") !== "true");
    if (button.matches(".cw-value")) open(button);
  });
  let typed = false; // an arrow key on a closed list changes it, and only passes by
  document.addEventListener("pointerdown", () => { typed = false; }, true);
  document.addEventListener("keydown", (event) => {
    typed = true;
    const box = event.target.closest && event.target.closest("#view .cw-edit");
    if (!box) return;
    if (event.key === "Enter") { event.preventDefault(); commit(box, true); }
    if (event.key === "Escape") close(box, true);
  });
  document.addEventListener("change", (event) => {
    const box = event.target.closest && event.target.closest("#view .cw-edit");
    if (box && !typed && event.target.matches("select")) commit(box, true);
  });
  document.addEventListener("focusout", (event) => {
    const box = event.target.closest && event.target.closest("#view .cw-edit");
    if (box && !box.hidden) commit(box, false);
  });
})();
