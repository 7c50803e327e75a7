// Package wire decodes and encodes the modelled objects of the protocol
// without losing anything: members that no field models, empty values and odd
// spellings of numbers survive a round trip.
//
// A modelled object is a struct that embeds [Extra]. Its fields carry a json
// tag with the name on the wire, and optionally an alias tag with an older
// name that is read too. Field types are string and types based on it, bool,
// *bool, int, json.Number, json.RawMessage and types based on it, []string,
// map[string]string, and modelled structs by value, pointer or in a slice.
//
// The rules (activity-and-turns 1): the exact name fills a field; if it is
// absent, an alias or another casing does, and is written again. A null of a
// modelled field reads as absent, a null in a list of strings or objects as an
// empty one. An empty string, list or object, false and 0 that arrived are
// written again. Fields are written in the order of the struct, then the
// unknown members in the order of arrival, all on one line. Of a member that
// stands twice, the last counts.
//
// The JSON itself is parsed by github.com/go-json-experiment/json/jsontext.
package wire
