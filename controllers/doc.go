// Package controllers is the operator: one reconciler a kind, and here the one list of them and of what they watch.
//
//	tokenissuer  keeps key rings and the issuer's configuration
//	tokenpolicy  says which policies are in force
//	oauthclient  keeps registrations and credentials
package controllers
