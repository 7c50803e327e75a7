package activity

import "github.com/outspoken-go/outspoken/internal/wire"

// The methods in this file fit encoding/json to package wire. All are alike.

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ChannelAccount) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ChannelAccount) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x MembershipSource) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *MembershipSource) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationAccount) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationAccount) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x MessageReaction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *MessageReaction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TextHighlight) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TextHighlight) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SemanticAction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SemanticAction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Activity) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Activity) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Attachment) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Attachment) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SuggestedActions) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SuggestedActions) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x CardAction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *CardAction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationReference) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationReference) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Conversation) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Conversation) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationParameters) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationParameters) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ConversationResourceResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ConversationResourceResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ResourceResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ResourceResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x PagedMembers) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *PagedMembers) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Mention) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Mention) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x StreamInfo) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *StreamInfo) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ProductInfo) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ProductInfo) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x InvokeResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *InvokeResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ExpectedReplies) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ExpectedReplies) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x HeroCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *HeroCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x CardImage) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *CardImage) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ReceiptCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ReceiptCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Fact) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Fact) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ReceiptItem) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ReceiptItem) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SigninCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SigninCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x OAuthCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *OAuthCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x AnimationCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *AnimationCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x MediaURL) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *MediaURL) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ThumbnailCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ThumbnailCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x AudioCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *AudioCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x VideoCard) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *VideoCard) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x AIMessage) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *AIMessage) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Citation) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Citation) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Appearance) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Appearance) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x CitationImage) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *CitationImage) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x UsageInfo) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *UsageInfo) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x UsagePattern) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *UsagePattern) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ActivityTreatment) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ActivityTreatment) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ClientInfo) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ClientInfo) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x GeoCoordinates) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *GeoCoordinates) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Place) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Place) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Thing) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Thing) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsChannelData) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsChannelData) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsChannel) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsChannel) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsTeam) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsTeam) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsNotification) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsNotification) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsTenant) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsTenant) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsMeeting) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsMeeting) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsSettings) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsSettings) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsOnBehalfOf) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsOnBehalfOf) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TeamsFeedbackLoop) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TeamsFeedbackLoop) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TokenResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TokenResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SignInResource) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SignInResource) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TokenExchangeResource) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TokenExchangeResource) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TokenPostResource) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TokenPostResource) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TokenExchangeInvokeRequest) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TokenExchangeInvokeRequest) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x TokenExchangeInvokeResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *TokenExchangeInvokeResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x Transcript) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *Transcript) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ErrorResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ErrorResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x ErrorBody) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *ErrorBody) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x InnerHTTPError) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *InnerHTTPError) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x CommandValue) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *CommandValue) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x CommandResultValue) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *CommandResultValue) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x HandoffStatus) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *HandoffStatus) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x AdaptiveCardInvokeValue) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *AdaptiveCardInvokeValue) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x AdaptiveCardInvokeAction) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *AdaptiveCardInvokeAction) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x AdaptiveCardInvokeResponse) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *AdaptiveCardInvokeResponse) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SearchInvokeValue) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SearchInvokeValue) UnmarshalJSON(data []byte) error { return decode(data, x) }

// MarshalJSON writes the modelled fields in order, then the unknown members.
func (x SearchInvokeOptions) MarshalJSON() ([]byte, error) { return wire.Marshal(&x) }

// UnmarshalJSON keeps unknown members; a field of the wrong type is a [*DecodeError].
func (x *SearchInvokeOptions) UnmarshalJSON(data []byte) error { return decode(data, x) }
