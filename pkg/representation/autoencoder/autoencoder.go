// Package autoencoder squeezes an image through a short code and asks for it back.
//
//	c = f(x),  x̂ = g(c)                   c has D numbers, far fewer than x
//	L = −log p(x|c)                        Bernoulli: Σ_i −x_i log x̂_i − (1−x_i) log(1−x̂_i);  Gaussian: ½‖x − x̂‖²
//
// With linear f and g and the Gaussian loss it finds the plane of the first D principal components (Baldi and Hornik 1989), and no linear code does
// better: the loss there is ½ Σ_{j>D} λ_j, λ the eigenvalues of the covariance. With hidden layers it may bend.
// The variational autoencoder differs in one thing: it also charges for the code.
//
// Letters: B batch, H W image, D code size.
package autoencoder

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Autoencoder is the model; its zero value is an MLP 784-256-16-256-784 for binary images.
type Autoencoder struct {
	Height, Width int  // pixels [28]
	Codes         int  // D, size of the code [16]
	Hidden        int  // units of the hidden layers; Linear has none [256]
	Linear        bool // no hidden layer, no bend
	Gaussian      bool // squared error instead of Bernoulli nats
}

func (c Autoencoder) withDefaults() Autoencoder {
	c.Height, c.Width = orElse(c.Height, 28), orElse(c.Width, 28)
	c.Codes, c.Hidden = orElse(c.Codes, 16), orElse(c.Hidden, 256)
	return c
}

// Encode is the code: x [B,H,W,1] → [B,D].
func (c Autoencoder) Encode(scope *model.Scope, x *Node) *Node {
	c = c.withDefaults()
	scope = scope.In("encoder")
	h := Reshape(x, x.Shape().Dim(0), -1)
	if !c.Linear {
		h = nn.ReLU(nn.Affine(scope.In("hidden"), h, c.Hidden))
	}
	return nn.Affine(scope.In("code"), h, c.Codes)
}

// Decode is the reconstruction: code [B,D] → [B,H,W,1], logits for Bernoulli pixels, means for Gaussian ones.
func (c Autoencoder) Decode(scope *model.Scope, code *Node) *Node {
	c = c.withDefaults()
	scope = scope.In("decoder")
	h := code
	if !c.Linear {
		h = nn.ReLU(nn.Affine(scope.In("hidden"), h, c.Hidden))
	}
	out := nn.AffineZero(scope.In("pixels"), h, c.Height*c.Width)
	return Reshape(out, code.Shape().Dim(0), c.Height, c.Width, 1)
}

// Cost is the reconstruction's cost of each image: x [B,H,W,1] → [B], in nats for Bernoulli pixels, half the squared error for Gaussian ones.
func (c Autoencoder) Cost(scope *model.Scope, x *Node) *Node {
	out := c.Decode(scope, c.Encode(scope, x))
	if c.Gaussian {
		return MulScalar(ReduceSum(Square(Sub(x, out)), 1, 2, 3), 0.5)
	}
	return Neg(ReduceSum(dist.BernoulliLogProb(x, out), 1, 2, 3))
}

func orElse(value, standard int) int {
	if value == 0 {
		return standard
	}
	return value
}
