# frozen_string_literal: true

require "openssl"
require "securerandom"
require_relative "../folder"

module Servers
  class Graph
    # An application as it is registered with a tenant, with a secret and a certificate.
    # https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    class Application
      attr_reader :tenant_id, :client_id
      attr_accessor :client_secret, :refresh_token

      def initialize
        @tenant_id = SecureRandom.uuid
        @client_id = SecureRandom.uuid
        @client_secret = "#{SecureRandom.alphanumeric(3)}8Q~#{SecureRandom.alphanumeric(32)}._-"
        @refresh_token = "0.A#{SecureRandom.urlsafe_base64(600)}"
      end

      # @return [String] path of a PEM file with certificate and key, for client_certificate_path
      def certificate_path
        certificate
        @folder.join("client.pem")
      end

      # @return [OpenSSL::X509::Certificate]
      def certificate
        @certificate ||= OpenSSL::PKey::RSA.new(2048).then { |key| write(self_signed(key), key) }
      end

      # @return [Boolean] whether there is one to verify assertions with
      def certificate?
        !@certificate.nil?
      end

      # A thumbprint as the header of an assertion has it.
      # @param digest [Class]
      def thumbprint(digest)
        [digest.digest(certificate.to_der)].pack("m0").tr("+/", "-_").delete("=")
      end

      def remove
        @folder&.remove
      end

      private

      def self_signed(key)
        OpenSSL::X509::Certificate.new.tap do |certificate|
          certificate.version = 2 # which means X.509 version 3
          certificate.serial = 1
          certificate.subject = certificate.issuer = OpenSSL::X509::Name.parse("/CN=mail_room")
          certificate.not_before = Time.now - 86_400
          certificate.not_after = Time.now + (30 * 86_400)
          certificate.public_key = key
          certificate.sign(key, "SHA256")
        end
      end

      def write(certificate, key)
        @folder = Servers::Folder.new("graph-application")
        @folder.write("client.pem", certificate.to_pem + key.to_pem)
        certificate
      end
    end
  end
end
