package figures

import (
	"time"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/representation/vae"
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

// pixelcnn opens the run of a recipe, or trains it.
func (d *desk) pixelcnn(change func(pixelcnn.Recipe) pixelcnn.Recipe, digits data.Digits) (*pixelcnn.Run, error) {
	recipe, err := pixelcnn.Preset(d.preset)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	run, err := change(recipe).Fit(digits)
	if err != nil {
		return nil, err
	}
	return run, d.uses(run.Run, time.Since(start))
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
	recipe, err := vae.Preset(d.preset)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	run, err := recipe.Fit(digits)
	if err != nil {
		return nil, err
	}
	return run, d.uses(run.Run, time.Since(start))
}

// tested is how many test images a figure scores: all, but fewer where it should be quick.
func (d *desk) tested(images data.Images, quick int) data.Images {
	if d.preset == "quick" {
		return images.First(quick)
	}
	return images
}

func asIs(r pixelcnn.Recipe) pixelcnn.Recipe { return r }
