package activity

// modelled are all types with fields of their own.
var modelled = []any{
	AIMessage{}, Activity{}, ActivityTreatment{}, AdaptiveCardInvokeAction{},
	AdaptiveCardInvokeResponse{}, AdaptiveCardInvokeValue{}, AnimationCard{}, Appearance{},
	Attachment{}, AudioCard{}, CardAction{}, CardImage{}, ChannelAccount{}, Citation{},
	CitationImage{}, ClientInfo{}, CommandResultValue{}, CommandValue{}, Conversation{},
	ConversationAccount{}, ConversationParameters{}, ConversationReference{},
	ConversationResourceResponse{}, ErrorBody{}, ErrorResponse{}, ExpectedReplies{}, Fact{},
	GeoCoordinates{}, HandoffStatus{}, HeroCard{}, InnerHTTPError{}, InvokeResponse{}, MediaURL{},
	MembershipSource{}, Mention{}, MessageReaction{}, OAuthCard{}, PagedMembers{}, Place{},
	ProductInfo{}, ReceiptCard{}, ReceiptItem{}, ResourceResponse{}, SearchInvokeOptions{},
	SearchInvokeValue{}, SemanticAction{}, SignInResource{}, SigninCard{}, StreamInfo{},
	SuggestedActions{}, TeamsChannel{}, TeamsChannelData{}, TeamsFeedbackLoop{}, TeamsMeeting{},
	TeamsNotification{}, TeamsOnBehalfOf{}, TeamsSettings{}, TeamsTeam{}, TeamsTenant{},
	TextHighlight{}, Thing{}, ThumbnailCard{}, TokenExchangeInvokeRequest{},
	TokenExchangeInvokeResponse{}, TokenExchangeResource{}, TokenPostResource{}, TokenResponse{},
	Transcript{}, UsageInfo{}, UsagePattern{}, VideoCard{},
}
