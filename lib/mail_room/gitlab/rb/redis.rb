# frozen_string_literal: true

require "mail_room"
require "uri"

module MailRoom
  module GitLab
    class Rb
      # The Redis of the installation: that of the queues, if it has one of its own, else the one for all.
      #
      # Source: the Linux package's `libraries/redis.rb` and `libraries/redis_helper.rb`.
      class Redis
        include Redaction::Opaque

        # Where the package's own Redis listens.
        SOCKET = "/var/opt/gitlab/redis/redis.socket"

        # Where it listens when it is only given a port.
        LOCAL = "127.0.0.1"

        # What the package calls the master, below sentinels.
        MASTER = "gitlab-redis"

        # @param attributes [Attributes]
        def initialize(attributes)
          @rails = attributes.section("gitlab_rails")
          @own = attributes.section("redis")
        end

        # @return [GitLab::Redis]
        # @raise [ConfigurationError] when something is ill-typed
        def read
          queues = @rails.text("redis_queues_instance")
          return made("redis_queues_", url: queues) if queues

          made("redis_", url: url, ssl_params: ssl_params)
        end

        private

        def made(prefix, **settings)
          sentinels = { sentinels: @rails.given("#{prefix}sentinels"),
                        sentinel_password: @rails.text("#{prefix}sentinels_password") }
          GitLab::Redis.new({ **settings, **sentinels }, ->(key) { "gitlab_rails['#{prefix}#{key}']" })
        end

        def url
          return below_sentinels if Array(@rails.given("redis_sentinels")).any?

          host = @rails.text("redis_host") || own_host
          return socket_url unless host

          port = @rails.text("redis_port") || own_port
          tcp_url(host, port, @rails.text("redis_password") || @own.text("password"), @rails.text("redis_username"),
                  tls: @rails.given("redis_ssl") || port_of_tls?)
        end

        def below_sentinels
          tcp_url(@own.text("master_name") || MASTER, @own.text("master_port"),
                  @own.text("master_password") || @own.text("password"), tls: @rails.given("redis_ssl"))
        end

        # The package's own Redis listens on TCP when it is given a port, perhaps at several addresses.
        def own_host
          @own.text("bind")&.split&.first || LOCAL if own_port.to_i.positive?
        end

        # That of the package's own Redis counts where nothing else is written.
        def port_of_tls?
          !@rails.text("redis_host") && !@rails.text("redis_port") && @own.text("tls_port").to_i.positive?
        end

        def own_port
          [@own.text("tls_port"), @own.text("port")].find { |port| port.to_i.positive? }
        end

        def tcp_url(host, port, password, user = nil, tls: false)
          scheme = tls ? "rediss" : "redis"
          host = "[#{host}]" if host.include?(":")
          login = "#{encoded(user)}:#{encoded(password)}@" if password
          "#{scheme}://#{login}#{host}#{":#{port}" if port}#{"/#{database}" if database}"
        end

        def encoded(text)
          URI.encode_www_form_component(text.to_s).gsub("+", "%20")
        end

        def socket_url
          "unix:#{@rails.text('redis_socket') || @own.text('unixsocket') || SOCKET}#{"?db=#{database}" if database}"
        end

        def database
          number = @rails.text("redis_database")
          number unless number == "0"
        end

        def ssl_params
          { ca_file: @rails.text("redis_tls_ca_cert_file"), ca_path: @rails.text("redis_tls_ca_cert_dir"),
            cert_file: @rails.text("redis_tls_client_cert_file"), key_file: @rails.text("redis_tls_client_key_file") }
            .compact.then { |params| params unless params.empty? }
        end
      end
    end
  end
end
