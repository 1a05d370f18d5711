/** The tested version: older ones accept Ed25519 signatures that this one refuses. Imported before anything else. */
const tested = 24

if (Number(process.versions.node.split('.')[0]) < tested) {
  console.error(
    `procura needs Node ${tested} or newer, and this is ${process.versions.node}: use "npm start" or "npx procura", which bring their own.`,
  )
  process.exit(1)
}
