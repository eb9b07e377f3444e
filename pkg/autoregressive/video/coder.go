package video

import (
	"errors"
	"fmt"

	"github.com/curious-go/curious/pkg/engine"
)

// Coder offers a run's conditionals to package coding, pixel after pixel and frame after frame: coding.Encode(w, run.Coder(), clips.Stacked()).
// Clips must be binary, since of grey levels the model predicts the mean and not the distribution. It holds compiled programs: Close it.
type Coder struct {
	run     *Run
	stepper *stepper
}

// Coder codes clips of as many frames as the run was trained on.
func (r *Run) Coder() *Coder { return &Coder{run: r} }

// Size is that of a clip whose frames stand one below the other.
func (c *Coder) Size() (height, width, channels, levels int) {
	r := c.run.Recipe
	return r.Frames * r.Model.Height, r.Model.Width, 1, r.Levels
}

// Engine is where the run computes, such as "xla:cpu".
func (c *Coder) Engine() string { return engine.Name() }

// Fingerprint is the run's.
func (c *Coder) Fingerprint() ([32]byte, error) { return c.run.Fingerprint() }

// Start begins a batch of so many clips.
func (c *Coder) Start(_, clips int) (err error) {
	if c.run.Recipe.Levels != 2 {
		return fmt.Errorf("video: coding clips of %d levels: the model predicts their mean, not their distribution: code binary clips", c.run.Recipe.Levels)
	}
	if c.stepper != nil && c.stepper.n == clips {
		c.stepper.start()
		return nil
	}
	c.Close()
	c.stepper, err = newStepper(c.run.Backend, c.run.Store, c.run.Recipe.Model, clips)
	if err != nil {
		return fmt.Errorf("video: coding: %w", err)
	}
	return nil
}

// Next takes the pixels just coded and gives the logits of the next ones, [B,2].
func (c *Coder) Next(previous []uint8) ([]float32, error) {
	if c.stepper == nil {
		return nil, errors.New("video: coding: Start was not called: call it before each batch")
	}
	var values []float32
	for _, v := range previous {
		values = append(values, float32(v))
	}
	of1, err := c.stepper.next(values)
	if err != nil {
		return nil, fmt.Errorf("video: coding: %w", err)
	}
	logits := make([]float32, 2*len(of1))
	for b, l := range of1 {
		logits[2*b+1] = l // that of a zero is 0
	}
	return logits, nil
}

// Close frees the compiled programs. The coder may go on being used.
func (c *Coder) Close() {
	if c.stepper != nil {
		c.stepper.close()
		c.stepper = nil
	}
}
