// The note on how to make the agent speak first.
export function speakFirst(at) {
  const command = [
    `curl ${location.origin}/api/proactive \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"text": "Your report is ready"}'`,
  ].join("\n");
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
