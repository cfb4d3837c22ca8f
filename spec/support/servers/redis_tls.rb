# frozen_string_literal: true

module Servers
  # How a redis-server or a sentinel speaks TLS: the lines of its configuration file.
  class RedisTls
    attr_reader :port

    # @param port [Integer]
    # @param certificate [Certificates::Pair]
    # @param ca_file [String, nil] the authority that its peers' certificates are to be signed by
    # @param client_certificate [Boolean] whether clients have to show one
    # @param replication [Boolean] whether it reaches other servers over TLS too
    def initialize(port:, certificate:, ca_file: nil, client_certificate: false, replication: false)
      @port = port
      @certificate = certificate
      @ca_file = ca_file
      @client_certificate = client_certificate
      @replication = replication
    end

    # @return [String]
    def to_s
      <<~CONF
        tls-port #{@port}
        tls-cert-file #{@certificate.certificate}
        tls-key-file #{@certificate.key}
        #{"tls-ca-cert-file #{@ca_file}" if @ca_file}
        tls-auth-clients #{@client_certificate ? 'yes' : 'no'}
        tls-replication #{@replication ? 'yes' : 'no'}
      CONF
    end
  end
end
