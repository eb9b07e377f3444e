package score_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
)

func ExampleBeside() {
	paper := []score.Published{
		{What: "PixelCNN", On: "static binarised MNIST 28×28", Unit: "nats", Value: 81.30, Tolerance: 0.5, Better: score.Lower, Source: "van den Oord et al. 2016"},
		{What: "VLAE", On: "dynamic binarised MNIST 28×28", Unit: "nats", Value: 78.53, Tolerance: 0.5, Better: score.Lower, Source: "Chen et al. 2017"},
	}
	ours := score.Estimate{Mean: 84.11, StdErr: 0.21, N: 10000, Dims: 784, Title: "static binarised MNIST 28×28"}
	table := score.Beside(paper, []score.Measured{ours.As("PixelCNN", "laptop"), ours.As("VLAE", "laptop")})
	_, rows := table.Rows()
	for _, row := range rows {
		fmt.Println(strings.Join(row, " | "))
	}
	// Output:
	// static binarised MNIST 28×28 | nats | PixelCNN | 81.30 | van den Oord et al. 2016 | 84.11 ± 0.21 | ± 0.50 | worse by 2.81 | laptop
	// static binarised MNIST 28×28 | nats | VLAE | — |  | 84.11 ± 0.21 |  | not comparable: published in nats on dynamic binarised MNIST 28×28 | laptop
	// dynamic binarised MNIST 28×28 | nats | VLAE | 78.53 | Chen et al. 2017 | — | ± 0.50 | not comparable: measured in nats on static binarised MNIST 28×28 |
}

func ExampleEstimate() {
	coins := score.Estimate{Mean: 543.43, N: 10000, Dims: 784, Title: "static binarised MNIST 28×28"}
	fmt.Println(coins)
	fmt.Printf("%.0f bits an image, as hard to guess as %.2f values a pixel\n", coins.Bits(), coins.Perplexity())
	// Output:
	// 543.43 ± 0.00 nats (1.0000 bits/dim), 10000 images of static binarised MNIST 28×28
	// 784 bits an image, as hard to guess as 2.00 values a pixel
}

func ExampleLadder() {
	// A hundred pictures of one pixel beside another, always the same as it.
	train := data.Images{N: 100, H: 1, W: 2, C: 1, Levels: 2}
	random := rand.New(rand.NewPCG(1, 1))
	for range train.N {
		on := uint8(random.IntN(2))
		train.Pix = append(train.Pix, on, on)
	}
	ladder, err := score.Ladder(train)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, table := range ladder[:4] {
		nats, err := table.Nats(train)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-18s %.2f nats\n", table.Name, nats.Mean)
	}
	// Output:
	// uniform            1.39 nats
	// one probability    1.35 nats
	// independent pixels 1.35 nats
	// left               0.69 nats
}

func ExampleProbe() {
	// Features of two numbers; the class is whether their sum is positive.
	var x []float32
	var y []uint8
	random := rand.New(rand.NewPCG(1, 1))
	for range 400 {
		a, b := random.NormFloat64(), random.NormFloat64()
		x = append(x, float32(a), float32(b))
		class := uint8(0)
		if a+b > 0 {
			class = 1
		}
		y = append(y, class)
	}
	result, err := score.Probe(x[:600], 2, y[:300], x[600:], y[300:])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% of %d test examples right\n", 100*result.Accuracy, 100)
	// Output:
	// 100 % of 100 test examples right
}
