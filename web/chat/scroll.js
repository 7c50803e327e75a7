// Keeps the end of what is said in sight, unless the user looks further up.
export class Scroll {
  #at;
  #atEnd = true;

  // at has the elements scroll, log, typing and more.
  constructor(at) {
    this.#at = at;
    at.more.addEventListener("click", () => this.toEnd("smooth"));
    let top = 0;
    at.scroll.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = at.scroll;
      if (scrollHeight - scrollTop - clientHeight < 60) this.#atEnd = at.more.hidden = true;
      else if (scrollTop < top) this.#atEnd = false;
      top = scrollTop;
    }, { passive: true });
    const size = new ResizeObserver(() => this.#atEnd && this.toEnd("auto"));
    for (const el of [at.scroll, at.log, at.typing]) size.observe(el);
  }

  // shown goes back to where the user was.
  shown(top) {
    if (this.#atEnd) this.toEnd("auto");
    else this.#at.scroll.scrollTop = top;
  }

  // grown says that something was added at the end.
  grown() {
    if (this.#atEnd) this.toEnd("auto");
    else this.#at.more.hidden = false;
  }

  toEnd(behavior) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#at.scroll.scrollTo({ top: this.#at.scroll.scrollHeight, behavior: calm ? "auto" : behavior });
    this.#atEnd = this.#at.more.hidden = true;
  }
}
