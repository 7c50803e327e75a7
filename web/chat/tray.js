// The files that will go with the next message: chosen, dropped or pasted.
import { h } from "./dom.js";
import { largest, size } from "./words.js";

const most = 20; // files

export class Tray {
  files = [];
  #at;
  #done;

  // at has the elements scroll, footer, field, attach, picker and tray; done is
  // called when files were added or taken out.
  constructor(at, done) {
    this.#at = at;
    this.#done = done;
    at.attach.addEventListener("click", () => at.picker.click());
    at.picker.addEventListener("change", () => {
      this.add([...at.picker.files]);
      at.picker.value = ""; // the same file may be chosen again
    });
    at.field.addEventListener("paste", (e) => {
      if (!e.clipboardData?.files.length) return;
      e.preventDefault();
      this.add([...e.clipboardData.files]);
    });
    for (const el of [at.scroll, at.footer]) this.#droppable(el);
  }

  add(files) {
    const trouble = [];
    for (const given of files) {
      const f = this.#unique(given);
      const all = this.files.reduce((sum, { size }) => sum + size, f.size);
      if (f.size > largest) trouble.push(`“${f.name}” is too large: ${size(f.size)}. The most is ${size(largest)}.`);
      else if (all > largest) trouble.push(`“${f.name}” does not fit in: together the files may have ${size(largest)}.`);
      else if (this.files.length === most) trouble.push(`“${f.name}” is one too many: ${most} files go at once.`);
      else this.files = [...this.files, f];
    }
    this.#show(trouble);
    if (files.length) this.#done();
  }

  // unique gives a file another name when one of the same name goes along.
  #unique(file) {
    const taken = (name) => this.files.some((f) => f.name === name);
    if (!taken(file.name)) return file;
    const [, stem, end] = /^(.*?)(\.[^.]*)?$/.exec(file.name);
    let n = 1;
    while (taken(`${stem} (${n})${end ?? ""}`)) n++;
    return new File([file], `${stem} (${n})${end ?? ""}`, { type: file.type });
  }

  clear() {
    this.files = [];
    this.#show([]);
  }

  #show(trouble) {
    const { tray } = this.#at;
    tray.replaceChildren(
      ...this.files.map((f) => h("span", { class: "file" }, f.name, " ", h("small", null, size(f.size)),
        h("button", { class: "drop", type: "button", "aria-label": `Leave out ${f.name}`, click: () => this.#remove(f) }, "×"))),
      ...trouble.map((words) => h("p", { class: "trouble", role: "alert" }, words)));
    tray.hidden = !tray.hasChildNodes();
    this.#at.composer.classList.toggle("loaded", this.files.length > 0);
  }

  #remove(file) {
    this.files = this.files.filter((f) => f !== file);
    this.#show([]);
    this.#done();
  }

  #droppable(el) {
    const over = (on) => this.#at.composer.classList.toggle("over", on);
    el.addEventListener("dragover", (e) => {
      if (!e.dataTransfer.types.includes("Files")) return;
      e.preventDefault();
      over(true);
    });
    el.addEventListener("dragleave", () => over(false));
    el.addEventListener("drop", (e) => {
      if (!e.dataTransfer.files.length) return;
      e.preventDefault();
      over(false);
      this.add([...e.dataTransfer.files]);
    });
  }
}
