package data

import "fmt"

// StrokeDigits is the embedded pen strokes as a data set of its own, whether or not MNIST is at hand: on where grey > 1/2, with labels, 28×28;
// 30,000 to train, 5,000 to validate, 10,000 to test, drawn from a fixed seed.
func StrokeDigits() Digits {
	const train, valid, test, seed = 30_000, 5000, 10_000, 2
	m := threshold(PenStrokes(PenConfig{N: train + valid + test, Seed: seed}))
	return Digits{
		Train: m.Range(0, train), Valid: m.Range(train, train+valid), Test: m.Range(train+valid, m.N),
		Variant: ThresholdBinary, Height: m.H, Width: m.W,
		Origin: fmt.Sprintf("embedded pen strokes, seed %d", seed),
	}
}
