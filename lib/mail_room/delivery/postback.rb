# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Delivery
    # Posts every message to a web application.
    class Postback
      include Standalone::Delivery

      # Keys of what the members of {Options} hold.
      MEMBER_KEYS = %i[delivery_url url delivery_token token delivery_username username delivery_password password
                       content_type jwt jwt_auth_header jwt_secret_path jwt_issuer jwt_algorithm].freeze
      private_constant :MEMBER_KEYS

      # Keys below `delivery_options`.
      KEYS = [*MEMBER_KEYS - [:jwt], :jwt_key_id, :jwt_expires_in, :action_mailbox, :ssl].freeze

      # Reads the options of a mailbox, at its top or below `delivery_options`, or takes them as they
      # are. A `password` at the top of a mailbox is the one for the inbox and never sent to a webhook.
      Options = Struct.new(:url, :token, :username, :password, :logger, :content_type, :jwt) do
        include Standalone::Options

        # @param mailbox [Mailbox, nil] where the options are written
        # @param given [Hash] the options, when there is no mailbox: {KEYS}, `jwt`, `logger` and the
        #   timeouts
        def initialize(mailbox = nil, **given)
          written = WrittenOptions.new(mailbox || given, :delivery_options)

          super(*%i[url token username password].map { |name| find(written, name) }, written.logger,
                written.top(:content_type) || written[:content_type], written[:jwt] || jwt_of(written))
          keep_others(written, MEMBER_KEYS)
        end

        # @return [Boolean] whether the request carries a token
        def token_auth?
          !token.nil?
        end

        # @return [Boolean] whether the request carries user and password
        def basic_auth?
          !username.nil? && !password.nil?
        end

        # @return [Boolean] whether the request carries a signed token
        def jwt_auth?
          jwt.valid?
        end

        private

        # Never at the top without the prefix: `password` is that of the inbox there.
        def find(written, name)
          prefixed = :"delivery_#{name}"
          written.top(prefixed) || written[prefixed, name]
        end

        def jwt_of(written)
          JWT.new(header: written[:jwt_auth_header], secret_path: written[:jwt_secret_path],
                  issuer: written[:jwt_issuer], algorithm: written[:jwt_algorithm])
        end

        def settings
          signing = { jwt_auth_header: jwt.header, jwt_secret_path: jwt.secret_path, jwt_issuer: jwt.issuer,
                      jwt_algorithm: jwt.algorithm }
          { delivery_method: "postback", delivery_options: options.except(:jwt).merge(signing), **timeouts }
        end
      end
    end
  end
end
