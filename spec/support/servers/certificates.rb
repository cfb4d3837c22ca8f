# frozen_string_literal: true

require "openssl"
require_relative "folder"

module Servers
  # A private certificate authority and the certificates a server may show: a good one, and each kind of bad one;
  # and one for clients. All lie as PEM files in a temporary folder.
  class Certificates
    # Paths of a certificate and of its key.
    Pair = Struct.new(:certificate, :key)

    DAY = 86_400
    ISSUER = OpenSSL::X509::Name.parse("/CN=mail_room test authority")

    def initialize
      # Servers that drop root read the files only before they do so; the folder stays closed to others.
      @folder = Folder.new("certificates")
      @serial = 0
      @authority_key = key
      @authority = authority
      @folder.write("ca.pem", @authority.to_pem)
    end

    # @return [String] path of the authority's certificate, for ca_file and SSL_CERT_FILE
    def ca_file
      @folder.join("ca.pem")
    end

    # @return [String] path of a folder that holds the same under the name by which OpenSSL looks for it, for ca_path
    def ca_path
      @ca_path ||= @folder.mkdir("authorities").tap do |folder|
        File.symlink(ca_file, File.join(folder, format("%08x.0", ISSUER.hash)))
      end
    end

    # @return [Pair] valid for localhost and 127.0.0.1
    def good
      @good ||= signed("good")
    end

    # @return [Pair] what a client shows
    def client
      @client ||= signed("client", names: "DNS:mail-room.example.com")
    end

    # @return [Pair] ended yesterday
    def expired
      @expired ||= signed("expired", from: Time.now - (30 * DAY), to: Time.now - DAY)
    end

    # @return [Pair] valid, but for another host
    def wrong_host
      @wrong_host ||= signed("wrong_host", names: "DNS:mail.example.com")
    end

    # @return [Pair] for localhost as old tools make it, with the name in the subject alone
    def nameless
      @nameless ||= key.then do |key|
        certificate = build(OpenSSL::X509::Name.parse("/CN=localhost"), key, issuer: ISSUER)
        write("nameless", certificate.sign(@authority_key, "SHA256"), key)
      end
    end

    # @return [Pair] signed by itself, as small self-hosted servers have it
    def self_signed
      @self_signed ||= key.then do |key|
        name = OpenSSL::X509::Name.parse("/CN=localhost")
        build(name, key, names: "DNS:localhost,IP:127.0.0.1").then do |certificate|
          write("self_signed", certificate.sign(key, "SHA256"), key)
        end
      end
    end

    private

    def signed(name, names: "DNS:localhost,IP:127.0.0.1", **validity)
      key = self.key
      subject = OpenSSL::X509::Name.parse("/CN=#{names[/DNS:([^,]+)/, 1]}")
      certificate = build(subject, key, names: names, issuer: ISSUER, **validity)
      write(name, certificate.sign(@authority_key, "SHA256"), key)
    end

    # Elliptic curves, because an RSA key takes a noticeable part of a second to make.
    def key
      OpenSSL::PKey::EC.generate("prime256v1")
    end

    def authority
      certificate = build(ISSUER, @authority_key)
      extend_with(certificate, "basicConstraints" => "CA:TRUE", "keyUsage" => "keyCertSign,cRLSign")
      certificate.sign(@authority_key, "SHA256")
    end

    def build(subject, key, names: nil, issuer: subject, from: Time.now - DAY, to: Time.now + (30 * DAY))
      OpenSSL::X509::Certificate.new.tap do |certificate|
        certificate.version = 2 # which means X.509 version 3
        certificate.serial = @serial += 1
        certificate.subject = subject
        certificate.issuer = issuer
        certificate.not_before = from
        certificate.not_after = to
        certificate.public_key = key
        extend_with(certificate, "basicConstraints" => "CA:FALSE", "subjectAltName" => names) if names
      end
    end

    def extend_with(certificate, extensions)
      factory = OpenSSL::X509::ExtensionFactory.new
      extensions.each { |name, value| certificate.add_extension(factory.create_extension(name, value, false)) }
    end

    def write(name, certificate, key)
      Pair.new(@folder.write("#{name}.pem", certificate.to_pem), @folder.write("#{name}.key", key.to_pem))
    end
  end
end
