// Package background runs work that goes on after the turn that asked for it:
// a bounded queue in the process.
//
//	work := background.New(background.Config{})
//
//	app.OnText("order", func(ctx context.Context, t *agent.Turn) error {
//		later := t.Detach()
//		err := work.Go("order", func(ctx context.Context) error {
//			… // takes minutes
//			return later.SendText(ctx, "Your order is ready")
//		})
//		if err != nil {
//			return err // the queue is full
//		}
//		return t.SendText(ctx, "We are on it")
//	})
//
// Package server drains the queue when it stops: server.Config.Background.
//
// What is queued lives in memory. A task that has not ended when the process
// stops is reported and lost, so what must not be lost belongs in a store.
package background
