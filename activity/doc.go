// Package activity holds the nouns of the Activity protocol: what happens in a
// conversation and what an agent wants to happen there, the places it happens
// at, the people and agents it happens to, and the errors of channels.
//
// An [Activity] is a plain struct. Make one with [Message], [Event] or as a
// literal, and set the fields you need:
//
//	a := activity.Message("Your report is ready!")
//	a.SuggestedActions = activity.Suggest("Show it", "Later")
//
// # Nothing is lost
//
// What arrives is passed on as it came. Every object embeds [Extra], which
// keeps the members that no field models, and remembers empty values: an
// activity that came with `"text":""` is written with it, one that came without
// is not. Open values, such as Value and ChannelData, and times keep their
// spelling to the digit. Read them with [DecodeValue], [DecodeChannelData] and
// [Time.Parse]. A null where a field is modelled counts as absent.
//
// [Decode] and [Activity.Append] are the fast way to read and write one
// activity; encoding/json works as well, also for structs that contain one.
// What has the wrong type is refused with a [DecodeError] that names the
// field; what the protocol's rules say beyond that, [Activity.Validate] checks.
//
// # Places
//
// [Activity.Reference] is where an activity came from, and
// [ConversationReference.Apply] addresses another one there. A [Conversation]
// is a reference with an identity, made to be stored: it is the address that
// proactive messages are sent to.
//
// # More than text
//
// Cards go into attachments with [Activity.AddCard], metadata such as mentions
// and citations into entities with [Activity.AddEntity]. What a channel makes
// of them differs; [Capabilities] tells.
//
// # What is left to others
//
// This package knows no HTTP, no token and no turn. Routing is in package
// agent, sending in package connector. Values of the channels' own invokes are
// modelled by their packages, such as teams.
package activity
