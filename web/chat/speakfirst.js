// The note on how to make the agent speak first.
export function speakFirst(at, curl) {
  const command = curl.replaceAll("ORIGIN", location.origin);
  const copy = at.querySelector("button.copy");
  at.querySelector("code").textContent = command;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(at.querySelector("code"));
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
}
