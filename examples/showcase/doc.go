// Package showcase is the agent behind "outspoken demo" and a tour of the SDK:
// each thing it understands shows one feature in a few lines.
package showcase
