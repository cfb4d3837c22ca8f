# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # The signed token a webhook knows mail_room by: RFC 7519, with the claims `nonce`, `iat` and `iss`.
  class JWT
    # @return [String, nil] name of the HTTP header that carries the token
    attr_reader :header

    # @return [String, nil] file with the secret, in Base64
    attr_reader :secret_path

    # @return [String, nil] who signs
    attr_reader :issuer

    # @return [String, nil] such as `HS256`
    attr_reader :algorithm

    # @param header [String, nil]
    # @param secret_path [String, nil]
    # @param issuer [String, nil]
    # @param algorithm [String, nil]
    def initialize(header:, secret_path:, issuer:, algorithm:)
      @header = header
      @secret_path = secret_path
      @issuer = issuer
      @algorithm = algorithm
    end

    # @return [Boolean] whether everything is there that a token needs
    def valid?
      [header, secret_path, issuer, algorithm].none?(&:nil?)
    end

    # @return [String, nil] a new token in compact form; nil when something it needs is missing
    # @raise [ConfigurationError] when the secret cannot be used; names its file
    def token
      return unless valid?

      settings = { jwt_issuer: issuer, jwt_algorithm: algorithm, jwt_secret_path: secret_path }
      Native.jwt(JSON.generate(Plain.mapping(settings)))
    end
  end
end
