# frozen_string_literal: true

require "mail_room"
require "openssl"

module MailRoom
  module GitLab
    class EncryptedFile
      # The form of ActiveSupport::MessageEncryptor with an authenticating cipher: data, initialisation vector and
      # tag, each in strict Base64, with two hyphens between them.
      module Message
        CIPHER = "aes-256-gcm"

        SEPARATOR = "--"

        # A shorter tag could be guessed. OpenSSL would take it.
        TAG_BYTES = 16

        # @param payload [String] any bytes
        # @param key [String] 32 bytes
        # @return [String] ASCII
        def self.seal(payload, key)
          cipher = OpenSSL::Cipher.new(CIPHER).encrypt
          cipher.key = key
          vector = cipher.random_iv
          cipher.auth_data = ""
          data = cipher.update(payload) + cipher.final
          [data, vector, cipher.auth_tag(TAG_BYTES)].map { |part| [part].pack("m0") }.join(SEPARATOR)
        end

        # @param message [String]
        # @param key [String] 32 bytes
        # @return [String, nil] the bytes that were sealed; nil when they were sealed with another key, or the message
        #   is not as it was written
        def self.open(message, key)
          # A line break at the end comes from people who copy it.
          data, vector, tag, *more = message.strip.split(SEPARATOR, -1).map { |part| part.unpack1("m0") }
          return unless tag&.bytesize == TAG_BYTES && more.empty? && !data.empty?

          cipher = OpenSSL::Cipher.new(CIPHER).decrypt
          cipher.key = key
          cipher.iv = vector
          cipher.auth_tag = tag
          cipher.auth_data = ""
          cipher.update(data) + cipher.final
        rescue ArgumentError, OpenSSL::Cipher::CipherError # no Base64, a vector of another length, a wrong tag
          nil
        end
      end
    end
  end
end
