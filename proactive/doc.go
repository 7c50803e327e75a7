// Package proactive remembers where an agent may speak first.
//
// [Conversations] is an address book: its middleware keeps the address of
// every conversation the agent meets, and anything in the process can look one
// up later and hand it to agent.Adapter.Send or Continue.
package proactive
