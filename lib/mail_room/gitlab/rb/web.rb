# frozen_string_literal: true

require "mail_room"
require "uri"

module MailRoom
  module GitLab
    class Rb
      # Where the web side of the installation is.
      class Web
        include Redaction::Opaque

        # Where Workhorse listens on TCP, unless something else is set.
        WORKHORSE = "localhost:8181"

        # Where to reach what listens on every address.
        EVERYWHERE = { "" => "localhost", "0.0.0.0" => "127.0.0.1", "[::]" => "[::1]" }.freeze

        # @param attributes [Attributes]
        def initialize(attributes)
          @attributes = attributes
        end

        # @return [String, nil] where the webhook is sent to: the internal API, which Workhorse answers. nil when it
        #   listens on a socket, and no URL from outside is set either
        # @raise [ConfigurationError] when the URL from outside is needed and none, as `gitlab-ctl reconfigure` does
        def url
          @attributes.section("gitlab_rails").text("internal_api_url") || workhorse || checked(external)&.chomp("/")
        end

        # @return [String, nil] the host in GitLab's links
        def host
          written = @attributes.section("gitlab_rails").text("gitlab_host")
          written || (URI.parse(external).host if external)
        rescue URI::InvalidURIError
          nil
        end

        private

        def external
          @attributes.text("external_url")
        end

        def checked(url)
          return url if url.nil? || url.match?(%r{\Ahttps?://[^\s/]\S*\z}i)

          raise ConfigurationError, "external_url must be a URL such as https://gitlab.example.com"
        end

        def workhorse
          section = @attributes.section("gitlab_workhorse")
          return unless section.text("listen_network") == "tcp"

          address = section.text("listen_addr") || WORKHORSE
          "http://#{address.sub(/\A(?:|0\.0\.0\.0|\[::\])(?=:)/, EVERYWHERE)}#{relative}"
        end

        def relative
          written = @attributes.section("gitlab_rails").text("gitlab_relative_url")
          (written || URI.parse(external.to_s).path.to_s).chomp("/")
        rescue URI::InvalidURIError
          ""
        end
      end
    end
  end
end
