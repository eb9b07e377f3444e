package figures

import (
	"time"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/representation/vae"
	"github.com/curious-go/curious/pkg/train"
)

// binarized is static binarised MNIST at the size that the preset works with: 14×14 at quick.
func (d *desk) binarized() (data.Digits, error) {
	digits, err := data.BinarizedMNIST()
	return d.sized(digits), err
}

// labelled is MNIST binarised by a threshold, which keeps its classes: 14×14 but for an accelerator.
func (d *desk) labelled() (data.Digits, error) {
	digits, err := data.ThresholdMNIST()
	if d.preset != "paper" {
		digits = digits.At14()
	}
	return digits, err
}

func (d *desk) sized(digits data.Digits) data.Digits {
	if d.preset == "quick" {
		return digits.At14()
	}
	return digits
}

// fitted trains the preset's recipe, or opens what it left, and notes the run.
func fitted[Recipe any, Run interface{ Trained() *train.Run }](d *desk, preset func(string) (Recipe, error), fit func(Recipe) (Run, error)) (run Run, err error) {
	recipe, err := preset(d.preset)
	if err != nil {
		return run, err
	}
	start := time.Now()
	if run, err = fit(recipe); err != nil {
		return run, err
	}
	return run, d.uses(run.Trained(), time.Since(start))
}

// pixelcnn opens the run of a recipe, or trains it.
func (d *desk) pixelcnn(change func(pixelcnn.Recipe) pixelcnn.Recipe, digits data.Digits) (*pixelcnn.Run, error) {
	return fitted(d, pixelcnn.Preset, func(r pixelcnn.Recipe) (*pixelcnn.Run, error) { return change(r).Fit(digits) })
}

// coded is what the VAEs learn from: the static digits at quick, as the notebook does, and beyond that digits binarised anew for every batch, as the
// published numbers have it.
func (d *desk) coded() (data.Digits, error) {
	if d.preset == "quick" {
		return data.BinarizedMNIST()
	}
	return data.DynamicMNIST()
}

// vae opens the run of the preset's VAE, or trains it, on 28×28 digits at every preset.
func (d *desk) vae(digits data.Digits) (*vae.Run, error) {
	return fitted(d, vae.Preset, func(r vae.Recipe) (*vae.Run, error) { return r.Fit(digits) })
}

// tested is how many test images a figure scores: all, but fewer where it should be quick.
func (d *desk) tested(images data.Images, quick int) data.Images {
	if d.preset == "quick" {
		return images.First(quick)
	}
	return images
}

func asIs(r pixelcnn.Recipe) pixelcnn.Recipe { return r }
