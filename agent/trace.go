package agent

// A Trace watches the turns of an [Adapter], for metrics. Functions that are
// nil are not called; the others run in the turn's goroutine, several at once,
// and should be quick. [Adapter.Send] is no turn of its own and not seen.
type Trace struct {
	// Start is called before the middlewares.
	Start func(t *Turn)

	// End is called when the turn is over and its state saved, with the error
	// that it ended in. It comes once after each Start.
	End func(t *Turn, err error)

	// Busy is called, in place of the others, for a turn that does not run
	// because its conversation is busy. See [ErrBusy].
	Busy func(t *Turn)
}

func (tr *Trace) start(t *Turn) {
	if tr.Start != nil {
		tr.Start(t)
	}
}

func (tr *Trace) end(t *Turn, err error) {
	if tr.End != nil {
		tr.End(t, err)
	}
}

func (tr *Trace) busy(t *Turn) {
	if tr.Busy != nil {
		tr.Busy(t)
	}
}
