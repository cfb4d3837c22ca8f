# frozen_string_literal: true

require "jwt"
require_relative "refusal"

module Servers
  class Graph
    # Checks the token with which an application proves that it has the key of its certificate.
    # https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
    class Assertion
      TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
      ALGORITHMS = %w[PS256 RS256].freeze
      CLAIMS = %w[aud exp iss jti nbf sub].freeze
      # Seconds.
      LONGEST = 3600

      # @param audience [Array<String>] URLs of the token endpoint
      # @param used [Set<String>] values of jti so far
      def initialize(application, audience, used)
        @application = application
        @audience = audience
        @used = used
      end

      # @raise [Refusal]
      def check(token)
        claims, header = JWT.decode(token, key, true, algorithms: ALGORITHMS)
        check_header(header)
        check_claims(claims)
      rescue JWT::ExpiredSignature, JWT::ImmatureSignature
        raise Refusal.client(700_024, "Client assertion is not within its valid time range.")
      rescue JWT::DecodeError => error
        raise Refusal.client(700_027, "Client assertion contains an invalid signature. [#{error.message}]",
                             violation: true)
      end

      private

      def key
        unless @application.certificate?
          raise Refusal.client(700_027, "The certificate with identifier used to sign the client assertion is not " \
                                        "registered on application.")
        end

        @application.certificate.public_key
      end

      def check_header(header)
        thumbprints = { "x5t#S256" => Digest::SHA256, "x5t" => Digest::SHA1 }.slice(*header.keys)
        wrong("neither x5t#S256 nor x5t is there") if thumbprints.empty?
        wrong("typ is not JWT") unless header["typ"] == "JWT"
        return if thumbprints.all? { |name, digest| header[name] == @application.thumbprint(digest) }

        raise Refusal.client(700_027, "The certificate with identifier used to sign the client assertion is not " \
                                      "registered on application.")
      end

      def check_claims(claims)
        missing = CLAIMS - claims.keys
        wrong("#{missing.join(', ')} is missing") unless missing.empty?
        wrong("aud is #{claims['aud']}", 700_023) unless @audience.include?(claims["aud"])
        wrong("iss or sub is not the client") unless claims.values_at("iss", "sub").uniq == [@application.client_id]
        wrong("exp is too far away") if claims["exp"] > Time.now.to_i + LONGEST
        wrong("jti was used before") unless @used.add?(claims["jti"])
      end

      def wrong(reason, number = 700_027)
        raise Refusal.client(number, "Client assertion is not valid: #{reason}.", violation: true)
      end
    end
  end
end
