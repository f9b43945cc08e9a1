// SPDX-License-Identifier: Apache-2.0

// A server of go-smtp, built inside its module: lab ADDRESS VARIANT.
package main

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

type backend struct{}

type session struct{}

func (backend) NewSession(*smtp.Conn) (smtp.Session, error) { return session{}, nil }

// Releases before 0.21 ask for AuthPlain, later ones for the two methods after it.
func (session) AuthPlain(user, password string) error {
	if user == "alice" && password == "wonderland" {
		return nil
	}
	return errors.New("invalid username or password")
}

func (session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		return s.AuthPlain(user, password)
	}), nil
}

func (session) Mail(string, *smtp.MailOptions) error { return nil }

func (session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasSuffix(strings.ToLower(to), "@lab.test") {
		return nil
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Relay denied"}
}

func (session) Data(body io.Reader) error {
	_, err := io.Copy(io.Discard, body)
	return err
}

func (session) Reset()        {}
func (session) Logout() error { return nil }

func main() {
	server := smtp.NewServer(backend{})
	server.Addr = os.Args[1] + ":25"
	server.Domain = "mail.lab.test"
	server.ReadTimeout = 5 * time.Minute
	server.WriteTimeout = 5 * time.Minute
	if os.Args[2] == "hardened" {
		server.MaxMessageBytes = 1000000
		server.MaxRecipients = 10
		server.MaxLineLength = 512
	} else {
		pair, err := tls.LoadX509KeyPair("/etc/lab/cert.pem", "/etc/lab/key.pem")
		if err != nil {
			log.Fatal(err)
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
		server.EnableSMTPUTF8 = true
	}
	log.Fatal(server.ListenAndServe())
}
