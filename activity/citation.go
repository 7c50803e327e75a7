package activity

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a citation, in characters and in keywords; see [NewCitation].
const (
	MaxCitationName     = 80
	MaxCitationAbstract = 160
	MaxCitationKeywords = 3
	MaxCitationKeyword  = 28
)

// An AIMessage marks a message as written by a model, with its sources.
type AIMessage struct {
	Type           string     `json:"type"`     // [EntityAI]
	AtType         string     `json:"@type"`    // "Message"
	AtContext      string     `json:"@context"` // "https://schema.org"
	AtID           string     `json:"@id"`      // ""
	AdditionalType []string   `json:"additionalType"`
	Citation       []Citation `json:"citation"`
	UsageInfo      *UsageInfo `json:"usageInfo"`

	Extra
}

// NewAIMessage is the entity that labels a message as written by a model.
func NewAIMessage(citations ...Citation) AIMessage {
	m := AIMessage{
		Type: EntityAI, AtType: "Message", AtContext: "https://schema.org",
		AdditionalType: []string{"AIGeneratedContent"}, Citation: citations,
	}
	m.Keep("@id")
	return m
}

// A Citation is a source of a message. The text refers to it as "[1]".
type Citation struct {
	AtType     string     `json:"@type"` // "Claim"
	Position   int        `json:"position"`
	Appearance Appearance `json:"appearance"`

	Extra
}

// An Appearance is how a [Citation] is shown.
type Appearance struct {
	AtType         string         `json:"@type"` // "DigitalDocument"
	Name           string         `json:"name"`
	Text           string         `json:"text"` // an adaptive card, as JSON in a string
	URL            string         `json:"url"`
	Abstract       string         `json:"abstract"`
	EncodingFormat string         `json:"encodingFormat"`
	Image          *CitationImage `json:"image"`
	Keywords       []string       `json:"keywords"`
	UsageInfo      *UsageInfo     `json:"usageInfo"`

	Extra
}

// A CitationImage is the icon of a [Citation].
type CitationImage struct {
	AtType string `json:"@type"` // "ImageObject"
	Name   string `json:"name"`  // such as "Microsoft Word"

	Extra
}

// UsageInfo is a label of sensitivity.
type UsageInfo struct {
	Type        string        `json:"type"`  // [EntityAI]
	AtType      string        `json:"@type"` // "CreativeWork"
	AtID        string        `json:"@id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Position    int           `json:"position"` // of the citation it belongs to
	Pattern     *UsagePattern `json:"pattern"`

	Extra
}

// A UsagePattern is the term behind a label of sensitivity.
type UsagePattern struct {
	AtType           string `json:"@type"` // "DefinedTerm"
	InDefinedTermSet string `json:"inDefinedTermSet"`
	Name             string `json:"name"`
	TermCode         string `json:"termCode"`

	Extra
}

// NewCitation is a source as channels accept it: name and abstract are
// shortened to their limits, and so are the keywords.
func NewCitation(position int, name, abstract string, keywords ...string) Citation {
	keywords = slices.Clone(keywords[:min(len(keywords), MaxCitationKeywords)])
	for i, k := range keywords {
		keywords[i] = Snippet(k, MaxCitationKeyword)
	}
	return Citation{AtType: "Claim", Position: position, Appearance: Appearance{
		AtType: "DigitalDocument", Name: Snippet(name, MaxCitationName),
		Abstract: Snippet(abstract, MaxCitationAbstract), Keywords: keywords,
	}}
}

// Snippet shortens text to at most n characters (n > 3), ending in "...".
func Snippet(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:n-3])) + "..."
}

var docMark = regexp.MustCompile(`(?i)\[docs?(\d+)\]`)

// NormalizeCitations turns marks such as "[doc1]", as models write them, into
// "[1]".
func NormalizeCitations(text string) string { return docMark.ReplaceAllString(text, "[$1]") }

// UsedCitations are those that the text refers to, each once, in the order in
// which it does.
func UsedCitations(text string, citations []Citation) []Citation {
	type use struct {
		at int
		c  Citation
	}
	var uses []use
	seen := map[int]bool{}
	for _, c := range citations {
		at := strings.Index(text, "["+strconv.Itoa(c.Position)+"]")
		if at >= 0 && !seen[c.Position] {
			seen[c.Position] = true
			uses = append(uses, use{at, c})
		}
	}
	slices.SortStableFunc(uses, func(a, b use) int { return a.at - b.at })
	var used []Citation
	for _, u := range uses {
		used = append(used, u.c)
	}
	return used
}
