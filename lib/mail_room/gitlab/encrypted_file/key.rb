# frozen_string_literal: true

require "mail_room"
require "openssl"

module MailRoom
  module GitLab
    class EncryptedFile
      # The key of the cipher, made of `encrypted_settings_key_base`.
      #
      # Source: ActiveSupport::KeyGenerator, and what GitLab gives to it.
      module Key
        SALT = "GitLabEncryptedConfigSalt"

        ITERATIONS = 2**16

        # 256 bits for the cipher.
        BYTES = 32

        # As SecureRandom.hex(8) has it, and what GitLab wants.
        SHORTEST_BASE = 16

        # What ActiveSupport::KeyGenerator takes by itself, and what it takes in applications with
        # `config.load_defaults 7.0` and later.
        DIGESTS = %w[SHA1 SHA256].freeze

        # @param base [String, nil]
        # @return [Boolean]
        def self.long_enough?(base)
          base.to_s.length >= SHORTEST_BASE
        end

        # @param base [String]
        # @param digest [String] one of {DIGESTS}
        # @return [String] {BYTES} bytes
        def self.derive(base, digest)
          OpenSSL::KDF.pbkdf2_hmac(base, salt: SALT, iterations: ITERATIONS, length: BYTES, hash: digest)
        end
      end
    end
  end
end
