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

        # @param attributes [Attributes]
        def initialize(attributes)
          @attributes = attributes
        end

        # @return [String, nil] where the webhook is sent to: the internal API, which Workhorse answers. nil when it
        #   listens on a socket, and no URL from outside is set either
        def url
          @attributes.section("gitlab_rails").text("internal_api_url") || workhorse || external&.chomp("/")
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

        def workhorse
          section = @attributes.section("gitlab_workhorse")
          return unless section.text("listen_network") == "tcp"

          "http://#{(section.text('listen_addr') || WORKHORSE).sub(/\A(?=:)/, 'localhost')}#{relative}"
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
