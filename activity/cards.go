package activity

import (
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/internal/wire"
)

// Content types of cards and of a few other attachments.
const (
	ContentAdaptiveCard  = "application/vnd.microsoft.card.adaptive"
	ContentAnimationCard = "application/vnd.microsoft.card.animation"
	ContentAudioCard     = "application/vnd.microsoft.card.audio"
	ContentHeroCard      = "application/vnd.microsoft.card.hero"
	ContentOAuthCard     = "application/vnd.microsoft.card.oauth"
	ContentReceiptCard   = "application/vnd.microsoft.card.receipt"
	ContentSigninCard    = "application/vnd.microsoft.card.signin"
	ContentThumbnailCard = "application/vnd.microsoft.card.thumbnail"
	ContentVideoCard     = "application/vnd.microsoft.card.video"

	ContentTeamsO365Connector = "application/vnd.microsoft.teams.card.o365connector"
	ContentTeamsList          = "application/vnd.microsoft.teams.card.list"
	ContentTeamsFileConsent   = "application/vnd.microsoft.teams.card.file.consent"
	ContentTeamsFileInfo      = "application/vnd.microsoft.teams.card.file.info"
	ContentTeamsFileDownload  = "application/vnd.microsoft.teams.file.download.info"
)

// A Card is the content of an attachment that its type alone tells how to show:
// [HeroCard], [ThumbnailCard], [ReceiptCard], [SigninCard], [OAuthCard],
// [AnimationCard], [AudioCard], [VideoCard] or [AdaptiveCard].
type Card interface{ contentType() string }

// CardAttachment wraps a card. It fails when an open value in it is not JSON,
// and when an [AdaptiveCard] is none.
func CardAttachment(c Card) (Attachment, error) {
	if c == nil {
		return Attachment{}, fmt.Errorf("activity: %w: no card", ErrInvalid)
	}
	if ac, ok := c.(AdaptiveCard); ok && !Entity(ac).Is("AdaptiveCard") {
		return Attachment{}, fmt.Errorf("activity: %w: an adaptive card is a JSON object with type AdaptiveCard", ErrInvalid)
	}
	raw, err := wire.JSON(c)
	if err != nil {
		return Attachment{}, fmt.Errorf("activity: card: %w", err)
	}
	return Attachment{ContentType: c.contentType(), Content: raw}, nil
}

// AddCard appends a card to the attachments. It fails as [CardAttachment] does.
func (a *Activity) AddCard(c Card) error {
	att, err := CardAttachment(c)
	if err != nil {
		return err
	}
	a.Attachments = append(a.Attachments[:len(a.Attachments):len(a.Attachments)], att)
	return nil
}

// Decode stores the content in v, such as a *[HeroCard].
func (t Attachment) Decode(v any) error {
	if err := json.Unmarshal(t.Content, v); err != nil {
		return fmt.Errorf("activity: %w: content of %s attachment: %w", ErrInvalid, t.ContentType, err)
	}
	return nil
}

// An AdaptiveCard is the JSON of a card as its designers write it
// (adaptivecards.io). It is passed on without being looked into.
type AdaptiveCard json.RawMessage

// NewAdaptiveCard makes the JSON of a card from Go values, such as maps, so that
// nothing a user wrote can break out of its string. It fails when v cannot be
// written as JSON.
func NewAdaptiveCard(v any) (AdaptiveCard, error) {
	raw, err := wire.JSON(v)
	if err != nil {
		return nil, fmt.Errorf("activity: adaptive card: %w", err)
	}
	return AdaptiveCard(raw), nil
}

func (AdaptiveCard) contentType() string { return ContentAdaptiveCard }

// MarshalJSON returns the card as it is.
func (c AdaptiveCard) MarshalJSON() ([]byte, error) { return Entity(c).MarshalJSON() }

// UnmarshalJSON keeps a copy of data.
func (c *AdaptiveCard) UnmarshalJSON(data []byte) error { return (*Entity)(c).UnmarshalJSON(data) }
