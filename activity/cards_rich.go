package activity

import "encoding/json"

// A HeroCard has one large picture, text and buttons.
type HeroCard struct {
	Title    string       `json:"title"`
	Subtitle string       `json:"subtitle"`
	Text     string       `json:"text"`
	Images   []CardImage  `json:"images"`
	Buttons  []CardAction `json:"buttons"`
	Tap      *CardAction  `json:"tap"` // when the card itself is pressed

	Extra
}

// A ThumbnailCard is a [HeroCard] with a small picture.
type ThumbnailCard HeroCard

// A CardImage is a picture on a card.
type CardImage struct {
	URL string      `json:"url"` // https or data
	Alt string      `json:"alt"` // for those who cannot see it
	Tap *CardAction `json:"tap"`

	Extra
}

// A ReceiptCard lists what was bought. Amounts are text, with their currency.
type ReceiptCard struct {
	Title   string        `json:"title"`
	Facts   []Fact        `json:"facts"`
	Items   []ReceiptItem `json:"items"`
	Tap     *CardAction   `json:"tap"`
	Total   string        `json:"total"`
	Tax     string        `json:"tax"`
	VAT     string        `json:"vat"`
	Buttons []CardAction  `json:"buttons"`

	Extra
}

// A Fact is a line such as "Order number: 1234".
type Fact struct {
	Key   string `json:"key"`
	Value string `json:"value"`

	Extra
}

// A ReceiptItem is one line of a [ReceiptCard].
type ReceiptItem struct {
	Title    string      `json:"title"`
	Subtitle string      `json:"subtitle"`
	Text     string      `json:"text"`
	Image    *CardImage  `json:"image"`
	Price    string      `json:"price"`
	Quantity string      `json:"quantity"`
	Tap      *CardAction `json:"tap"`

	Extra
}

// A SigninCard asks the user to sign in by pressing a button of type "signin".
type SigninCard struct {
	Text    string       `json:"text"`
	Buttons []CardAction `json:"buttons"`

	Extra
}

// An OAuthCard asks the user to sign in to a connection of the user-token
// service. With a TokenExchangeResource the client may do so silently.
type OAuthCard struct {
	Text                  string                 `json:"text"`
	ConnectionName        string                 `json:"connectionName"`
	Buttons               []CardAction           `json:"buttons"`
	TokenExchangeResource *TokenExchangeResource `json:"tokenExchangeResource"`
	TokenPostResource     *TokenPostResource     `json:"tokenPostResource"`

	Extra
}

// An AnimationCard plays a moving picture.
type AnimationCard struct {
	Title     string          `json:"title"`
	Subtitle  string          `json:"subtitle"`
	Text      string          `json:"text"`
	Image     *CardImage      `json:"image"` // shown until it plays
	Media     []MediaURL      `json:"media"` // the same medium in several formats
	Buttons   []CardAction    `json:"buttons"`
	Shareable *bool           `json:"shareable"`
	Autoloop  *bool           `json:"autoloop"`
	Autostart *bool           `json:"autostart"`
	Aspect    string          `json:"aspect"`   // "16:9" or "4:3"
	Duration  string          `json:"duration"` // ISO 8601, such as "PT3M"
	Value     json.RawMessage `json:"value"`

	Extra
}

// An AudioCard plays sound; its fields are those of an [AnimationCard].
type AudioCard AnimationCard

// A VideoCard plays a film; its fields are those of an [AnimationCard].
type VideoCard AnimationCard

// A MediaURL is where a medium is.
type MediaURL struct {
	URL     string `json:"url"`
	Profile string `json:"profile"` // hint for the choice of one

	Extra
}

func (HeroCard) contentType() string      { return ContentHeroCard }
func (ThumbnailCard) contentType() string { return ContentThumbnailCard }
func (ReceiptCard) contentType() string   { return ContentReceiptCard }
func (SigninCard) contentType() string    { return ContentSigninCard }
func (OAuthCard) contentType() string     { return ContentOAuthCard }
func (AnimationCard) contentType() string { return ContentAnimationCard }
func (AudioCard) contentType() string     { return ContentAudioCard }
func (VideoCard) contentType() string     { return ContentVideoCard }
