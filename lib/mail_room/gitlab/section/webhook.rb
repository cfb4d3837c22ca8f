# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Section
      # Where the messages of a mailbox are posted to when GitLab's `delivery_method` is `webhook`: its internal API
      # (`lib/api/internal/mail_room.rb`), which is called `postback` in `mail_room.yml`.
      class Webhook
        include Redaction::Opaque

        # What the API asks of a request (`lib/gitlab/mail_room/authenticator.rb`).
        CONSTANT = { content_type: "text/plain", jwt_auth_header: "Gitlab-Mailroom-Api-Request",
                     jwt_issuer: "gitlab-mailroom", jwt_algorithm: "HS256" }.freeze

        # What `mail_room.yml` calls settings of a section.
        WORDS = { "delivery_options.delivery_url" => :gitlab_url,
                  "delivery_options.jwt_secret_path" => :secret_file }.freeze

        # @param name [String] of the section
        # @param settings [Hash{Symbol => Object}] of the section
        # @param place [Proc] makes of a key the text that errors call it by
        def initialize(name, settings, place)
          @name = name
          @settings = settings
          @place = place
        end

        # @return [Hash{Symbol => String}] `delivery_options`
        # @raise [ConfigurationError] when GitLab's URL or the file with the secret is not written
        def options
          { delivery_url: "#{given(:gitlab_url)}/api/v4/internal/mail_room/#{@name}", **CONSTANT,
            jwt_secret_path: given(:secret_file) }
        end

        private

        def given(key)
          value = @settings[key]
          return value unless value.to_s.empty?

          raise ConfigurationError, "#{@place.call(key)} is missing, which delivery_method webhook needs"
        end
      end
    end
  end
end
