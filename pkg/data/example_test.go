package data_test

import (
	"fmt"

	"github.com/curious-go/curious/pkg/data"
)

func ExampleBinarizedMNIST() {
	digits, err := data.BinarizedMNIST()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(digits)        // static binarised MNIST 28×28: 50,000 train, 10,000 valid, 10,000 test; real MNIST from …
	fmt.Println(digits.At14()) // the same, small
}

func ExamplePenStrokes() {
	digits := data.PenStrokes(data.PenConfig{N: 1000, Seed: 1})
	fmt.Println(digits.N, "digits of", digits.H, "×", digits.W)
	fmt.Println("the first is a", digits.Labels[0])
	// Output:
	// 1000 digits of 28 × 28
	// the first is a 6
}

func ExampleBatches() {
	batches := data.Batches{Images: data.PenStrokes(data.PenConfig{N: 1000}), Size: 32, Seed: 1, WithLabels: true}
	batch := batches.At(0)
	fmt.Println(batch[0].Shape(), batch[1].Shape())
	fmt.Println(batches.EpochSteps(), "steps in an epoch")
	// Output:
	// (Float32)[32, 28, 28, 1] (Int32)[32]
	// 31 steps in an epoch
}
