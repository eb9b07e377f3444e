package pixelrnn

import "github.com/curious-go/curious/pkg/engine"

// Coder offers a run's conditionals to package coding, symbol after symbol: coding.Encode(w, run.Coder(), images). It holds compiled programs: Close it.
type Coder struct {
	run     *Run
	stepper *Stepper
}

// Coder codes images with this run.
func (r *Run) Coder() *Coder { return &Coder{run: r} }

// Size is that of the run's images, and the levels of a symbol.
func (c *Coder) Size() (height, width, channels, levels int) {
	m := c.run.Recipe.Model
	return m.Height, m.Width, m.Colours, m.Levels
}

// Order is the model's: that of memory, or the small image first.
func (c *Coder) Order() []int {
	m := c.run.Recipe.Model
	return order(m.Height, m.Width, m.Colours, c.run.Recipe.Small != nil)
}

// Engine is where the run computes, such as "xla:cpu".
func (c *Coder) Engine() string { return engine.Name() }

// Fingerprint is the run's.
func (c *Coder) Fingerprint() ([32]byte, error) { return c.run.Fingerprint() }

// Start begins a batch of so many images.
func (c *Coder) Start(_, images int) (err error) {
	if c.stepper == nil {
		if c.stepper, err = NewStepper(c.run.Backend, c.run.Store, c.run.Recipe.Net(), false); err != nil {
			return err
		}
	}
	return c.stepper.Start(images)
}

// Next takes the symbols just coded and gives the logits of the next ones, [B,K].
func (c *Coder) Next(previous []uint8) (logits []float32, err error) { return c.stepper.Next(previous) }

// Close frees the compiled programs. The coder may go on being used.
func (c *Coder) Close() {
	if c.stepper != nil {
		c.stepper.Close()
		c.stepper = nil
	}
}
