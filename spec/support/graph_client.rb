# frozen_string_literal: true

require "json"
require "net/http"

# Asks Servers::Graph as a client of Microsoft Graph does.
class GraphClient
  PREFER = { "Prefer" => 'IdType="ImmutableId"' }.freeze
  JSON_BODY = { "Content-Type" => "application/json" }.freeze

  # @param graph [Servers::Graph]
  # @param login [Servers::Graph] where tokens come from
  def initialize(graph, login: graph)
    @graph = graph
    @login = login
  end

  # Asks for a token, to be used from then on.
  # @param fields [Hash] of the form, in place of the usual ones; nil leaves one out
  # @return [Net::HTTPResponse]
  def sign_in(tenant: application.tenant_id, **fields)
    form = { grant_type: "client_credentials", scope: "#{@graph.url}/.default", client_id: application.client_id,
             client_secret: application.client_secret, **fields }.compact
    response = Net::HTTP.post_form(URI("#{@login.url}/#{tenant}/oauth2/v2.0/token"), form)
    @token = JSON.parse(response.body)["access_token"]
    response
  end

  # @param path [String] below /v1.0, or a whole URL
  # @return [Net::HTTPResponse]
  def get(path, **headers)
    request("GET", path, headers)
  end

  # @return [Hash, Array] what the answer's JSON is
  def read(path, **headers)
    JSON.parse(get(path, **headers).body)
  end

  # @param body [Hash, nil]
  # @return [Net::HTTPResponse]
  def send_json(verb, path, body = nil)
    request(verb, path, body ? JSON_BODY : {}, body && JSON.generate(body))
  end

  # @param requests [Array<Hash>]
  # @return [Hash{String => Hash}] the answers by id
  def batch(*requests)
    requests = requests.map { |one| { "headers" => { **PREFER, **(one["body"] ? JSON_BODY : {}) } }.merge(one) }
    JSON.parse(send_json("POST", "/$batch", { "requests" => requests }).body)["responses"].to_h do |one|
      [one["id"], one]
    end
  end

  # @return [Net::HTTPResponse]
  def request(verb, path, headers = {}, body = nil)
    uri = URI(path.start_with?("http") ? path : "#{@graph.url}/v1.0#{path}")
    headers = { **PREFER, "Authorization" => "Bearer #{@token}" }.merge(headers.transform_keys(&:to_s))
    Net::HTTP.start(uri.host, uri.port) do |http|
      http.ignore_eof = false # which would make half a body a whole one
      http.send_request(verb, uri.request_uri, body, headers.compact)
    end
  end

  private

  def application
    @login.application
  end
end
