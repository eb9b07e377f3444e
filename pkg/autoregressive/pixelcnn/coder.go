package pixelcnn

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/train"
)

// Coder offers a run's conditionals to package coding, one value after another: coding.Encode(w, run.Coder(), images).
// It holds compiled programs: Close it.
type Coder struct {
	run                            *train.Run
	model                          incremental
	height, width, colours, levels int
	told                           Told // of the images of a file, in their order

	stepper *Stepper
	drawn   []float32
}

// Coder codes images with this run. A model with classes is told the labels of the images, in their order; a file does not hold them, and its decoder has to be
// told the same ones.
func (r *Run) Coder(labels ...uint8) *Coder {
	height, width := r.size()
	m := withSize(r.Recipe.Net(), height, width).(incremental)
	return &Coder{run: r.Run, model: m, height: height, width: width, colours: 1, levels: 2, told: Told{Classes: classes(labels)}}
}

// Coder codes images with this run. What a conditional model is told of the images, in their order, a file does not hold: its decoder has to be told the same.
func (r *ColourRun) Coder(told Told) *Coder {
	net := r.Recipe.Net
	return &Coder{run: r.Run, model: net, height: net.Height, width: net.Width, colours: net.Colours, levels: net.Levels, told: told}
}

// classes are labels as a model is told them; nil if there are none.
func classes(labels []uint8) (list []int32) {
	for _, label := range labels {
		list = append(list, int32(label))
	}
	return list
}

// Size is that of the run's images.
func (c *Coder) Size() (height, width, channels, levels int) {
	return c.height, c.width, c.colours, c.levels
}

// Engine is where the run computes, such as "xla:cpu".
func (c *Coder) Engine() string { return engine.Name() }

// Fingerprint is the run's, and of what is told.
func (c *Coder) Fingerprint() ([32]byte, error) {
	sum, err := c.run.Fingerprint()
	if err != nil || c.told.Classes == nil && c.told.Map == nil {
		return sum, err
	}
	hash := sha256.New()
	for _, part := range []any{sum, int64(len(c.told.Classes)), c.told.Classes, c.told.Map} {
		if err := binary.Write(hash, binary.LittleEndian, part); err != nil {
			return sum, fmt.Errorf("pixelcnn: fingerprint of what is told: %w", err)
		}
	}
	return [32]byte(hash.Sum(nil)), nil
}

// Start begins a batch of so many images, the first of which is image from of the file. What lies beyond the last image that something is told of is filling.
func (c *Coder) Start(from, images int) error {
	var told Told
	wantClasses, wantMap := c.model.wants()
	area := c.height * c.width * wantMap
	if n := len(c.told.Classes); wantClasses > 0 || n > 0 {
		if from >= n {
			return fmt.Errorf("pixelcnn: coding: %d labels, and none for image %d: give one for each image", n, from)
		}
		told.Classes = make([]int32, images)
		copy(told.Classes, c.told.Classes[from:])
	}
	if n := len(c.told.Map); wantMap > 0 || n > 0 {
		if from*area >= n {
			return fmt.Errorf("pixelcnn: coding: a map of %d numbers, and none for image %d: give %d for each image", n, from, area)
		}
		told.Map = make([]float32, images*area)
		copy(told.Map, c.told.Map[from*area:])
	}
	if c.stepper != nil && c.stepper.batch == images {
		return c.stepper.Reset(told)
	}
	c.Close()
	var err error
	c.stepper, err = newStepper(c.run.Backend, c.run.Store, c.model, c.height, c.width, images, told)
	return err
}

// Next takes the values just coded and gives the logits of the next ones, [B,K]. Those of a binary model, with logit l of a one, are 0 and l, since
// softmax(0, l) = (1−σ(l), σ(l)).
func (c *Coder) Next(previous []uint8) (logits []float32, err error) {
	if c.stepper == nil {
		return nil, fmt.Errorf("pixelcnn: coding: no batch was begun: call Start first")
	}
	c.drawn = c.drawn[:0]
	for _, v := range previous {
		c.drawn = append(c.drawn, float32(v)/float32(c.levels-1))
	}
	logits, err = c.stepper.Next(c.drawn)
	if err != nil || len(logits) != c.stepper.batch {
		return logits, err
	}
	pairs := make([]float32, 2*len(logits))
	for i, l := range logits {
		pairs[2*i+1] = l
	}
	return pairs, nil
}

// Close frees the compiled programs. The coder may go on being used.
func (c *Coder) Close() {
	if c.stepper != nil {
		c.stepper.Close()
		c.stepper = nil
	}
}
