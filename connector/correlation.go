package connector

import "context"

type correlationKey struct{}

// WithCorrelationID makes calls under the returned context carry id in the
// header x-ms-correlation-id, by which a channel's operators find all that
// belongs to one request of theirs. An id that is empty, longer than 256 bytes
// or not plain visible ASCII is dropped: it came from outside and is no reason
// to lose a message.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	if id == "" || len(id) > 256 || !headerSafe(id) {
		return ctx
	}
	return context.WithValue(ctx, correlationKey{}, id)
}

func correlationID(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}
