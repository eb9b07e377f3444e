package subscale

import (
	"errors"

	"github.com/curious-go/curious/pkg/engine"
)

// Coder offers a run's conditionals to package coding, symbol after symbol in the order of [Config.Order]: coding.Encode(w, run.Coder(), images).
// What a model in two depths codes are planes: coding.Encode(w, run.Coder(), planes) with planes from [Config.Split].
// It holds compiled programs: Close it.
type Coder struct {
	run     *Run
	stepper *Stepper
}

// Coder codes images with this run.
func (r *Run) Coder() *Coder { return &Coder{run: r} }

// Size is that of the run's images, or of their planes.
func (c *Coder) Size() (height, width, channels, levels int) {
	m := c.run.Recipe.Model.withDefaults()
	return m.Height, m.Width, m.planes() * m.Colours, m.levels()
}

// Order is the model's.
func (c *Coder) Order() []int { return c.run.Recipe.Model.Order() }

// Engine is where the run computes, such as "xla:cpu".
func (c *Coder) Engine() string { return engine.Name() }

// Fingerprint is the run's.
func (c *Coder) Fingerprint() ([32]byte, error) { return c.run.Fingerprint() }

// Start begins a batch of so many images.
func (c *Coder) Start(_, images int) (err error) {
	if c.stepper != nil && c.stepper.batch == images {
		c.stepper.Reset()
		return nil
	}
	c.Close()
	c.stepper, err = NewStepper(c.run.Backend, c.run.Store, c.run.Recipe.Model, images)
	return err
}

// Next takes the symbols just coded and gives the logits of the next ones, [B,K].
func (c *Coder) Next(previous []uint8) (logits []float32, err error) {
	if c.stepper == nil {
		return nil, errors.New("subscale: coding: Start was not called: call it before each batch")
	}
	return c.stepper.Next(previous)
}

// Close frees the compiled programs. The coder may go on being used.
func (c *Coder) Close() {
	if c.stepper != nil {
		c.stepper.Close()
		c.stepper = nil
	}
}
