# frozen_string_literal: true

require "mail_room"
require "uri"

module MailRoom
  module GitLab
    # The Redis in which GitLab has its queues, as `config/mail_room.yml` renders it.
    #
    # Source: GitLab's `lib/gitlab/redis/{queues,wrapper}.rb`.
    class Redis
      autoload :Files, "mail_room/gitlab/redis/files"

      include Redaction::Opaque

      # What GitLab connects to when nothing is written.
      URL = "redis://localhost:6381"

      # @param written [Hash, String, nil] what a file says of the Redis of an environment
      # @param place [String, Proc] the file and the key where it stands, or what makes of a key below what errors
      #   call it
      # @raise [ConfigurationError] when it is ill-typed
      def initialize(written, place = "Redis")
        written = { url: written } if written.nil? || written.is_a?(String)
        @place = place
        raise ConfigurationError, "#{place} must be a mapping or a URL, not #{written.class}" unless written.is_a?(Hash)

        @written = Keys.symbolize(written).compact
        check
      end

      # @return [Hash{Symbol => Object}] as `arbitration_options` have them; `delivery_options` have {#db} besides
      def options
        { redis_url: url, redis_ssl_params: texts(@written[:ssl_params]), **(sentinels.empty? ? {} : with_sentinels) }
          .compact
      end

      # @return [Integer] the database. Beside a socket the URL counts, else what is written as `db`, if anything
      def db
        at_socket = url.start_with?("unix:")
        choice = at_socket ? [in_query, @written[:db]] : [@written[:db], in_path]
        choice.compact.first.to_i
      end

      # @param key [String]
      # @return [String] what errors call it
      def place(key)
        @place.is_a?(Proc) ? @place.call(key) : "#{@place}.#{key}"
      end

      private

      def url
        written = @written[:url].to_s
        written.strip.empty? ? URL : written
      end

      def in_query
        url[/[?&]db=(\d+)/, 1]
      end

      def in_path
        url[%r{\A\w+://[^/?#]*/(\d+)}, 1]
      end

      def check
        refuse("url", "must be text") unless [NilClass, String].include?(@written[:url].class)
        refuse("db", "must be the number of a database") unless @written[:db].to_s.match?(/\A\d*\z/)
        refuse("ssl_params", "must be a mapping") unless [NilClass, Hash].include?(@written[:ssl_params].class)
        refuse("sentinels", "must be a list of mappings") unless sentinels?
      end

      def sentinels?
        written = @written.fetch(:sentinels, [])
        written.is_a?(Array) && written.all?(Hash)
      end

      def sentinels
        @written.fetch(:sentinels, []).map do |written|
          written = Keys.symbolize(written)
          { **written.slice(:host, :port, :ssl), ssl_params: texts(written[:ssl_params]) }.compact
        end
      end

      def with_sentinels
        { sentinels: sentinels, **@written.slice(:sentinel_username, :sentinel_password).transform_values(&:to_s) }
      end

      # As JSON has it, which is how GitLab's template writes it.
      def texts(params)
        params&.transform_keys(&:to_s)
      end

      def refuse(key, problem)
        raise ConfigurationError, "#{place(key)} #{problem}"
      end
    end
  end
end
