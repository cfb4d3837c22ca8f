# frozen_string_literal: true

require "net/http"
require "support/rspec"
require "support/service_helpers"

# What support/docker and support/kubernetes have to agree on with the daemon, and with GitLab's image.
RSpec.describe "The container", :integration, :service do
  let(:dockerfile) { File.read(support("docker", "Dockerfile")).gsub(/\\\n\s*/, "") }
  let(:manifest) { YAML.load_stream(File.read(support("kubernetes", "mailroom.yaml"))) }
  let(:deployment) { manifest.find { |one| one["kind"] == "Deployment" } }
  let(:pod) { deployment.dig("spec", "template", "spec") }
  let(:container) { pod["containers"].first }
  let(:config_map) { manifest.find { |one| one["kind"] == "ConfigMap" } }
  let(:configurations) do
    { "kubernetes" => config_map.dig("data", "mail_room.yml"),
      "docker" => File.read(support("docker", "mail_room.yml")) }
  end

  # The configuration with secrets that are here.
  def load(text)
    password = folder.write("password", "hunter2\n")
    secret = folder.write("secret", "#{['k' * 32].pack('m0')}\n")
    text = text.gsub(/(:password_file:) .*/, "\\1 #{password}").gsub(/(:jwt_secret_path:) .*/, "\\1 #{secret}")
    MailRoom::Configuration.new(config_path: folder.write("mail_room.yml", text))
  end

  it "has a configuration that loads" do
    expect(configurations.transform_values { |text| load(text).mailboxes.map(&:password_file).size })
      .to eq("kubernetes" => 1, "docker" => 1)
  end

  it "is probed where the daemon answers" do
    configuration = load(configurations["kubernetes"])
    ports = container["ports"].to_h { |port| port.values_at("name", "containerPort") }
    probes = container.values_at("livenessProbe", "readinessProbe").map { |probe| probe["httpGet"] }
    expect(probes.map { |probe| ports[probe["port"]] }.uniq).to eq([configuration.health_check.port])

    port = Servers::Ports.free
    text = configurations["kubernetes"].sub(":port: 8080", ":port: #{port}")
    load(text)
    launch(File.read(folder.join("mail_room.yml")))
    statuses = processes.last.wait_until(what: "an answer") do
      probes.map { |probe| Net::HTTP.get_response(URI("http://127.0.0.1:#{port}#{probe['path']}")).code }
    rescue SystemCallError
      nil
    end
    expect(statuses).to all(eq("200"))
  end

  it "finds its files where they are mounted" do
    mounts = container["volumeMounts"].to_h { |mount| mount.values_at("name", "mountPath") }
    secrets = pod["volumes"].find { |volume| volume["name"] == "secrets" }.dig("projected", "sources")
    items = secrets.flat_map { |source| source.dig("secret", "items") }
    paths = items.map { |item| File.join(mounts["secrets"], item["path"]) }
    expect(configurations["kubernetes"].scan(/(?:password_file|secret_path): (.*)/).flatten).to match_array(paths)
    expect(dockerfile).to include("\"-c\", \"#{mounts['configuration']}/mail_room.yml\"")
  end

  it "has longer to end than it takes" do
    expect(pod["terminationGracePeriodSeconds"])
      .to be > load(configurations["kubernetes"]).shutdown_timeout + MailRoom::Coordinator::GRACE
  end

  it "runs as GitLab's does, and is asked for its health" do
    expect(dockerfile).to match(/^USER 1000$/)
      .and include('CMD ["/usr/bin/mail_room", "-c", "/var/opt/gitlab/mail_room.yml", "--log-exit-as", "json"]')
    expect(pod["securityContext"]).to include("runAsUser" => 1000, "runAsNonRoot" => true)
    expect(dockerfile).to include("http://127.0.0.1:#{load(configurations['docker']).health_check.port}/liveness")
  end

  it "has its health check told by the exit status" do
    check = JSON.parse(dockerfile[/^HEALTHCHECK .*CMD (\[.*\])$/, 1])
    port = Servers::Ports.free
    check.last.sub!("8080", port.to_s)
    expect(run(*check).last).to eq(1)
    process = launch({ mailboxes: [], health_check: { address: "127.0.0.1", port: port } })
    process.wait_until(what: "health") { run(*check).last.zero? }
    process.term
    expect(process.exit_status).to eq(0)
  end

  it "mounts Docker's secrets where its configuration looks for them" do
    compose = YAML.safe_load_file(support("docker", "docker-compose.yml"))
    secrets = compose.dig("services", "mail_room", "secrets").map { |name| "/run/secrets/#{name}" }
    expect(configurations["docker"].scan(/(?:password_file|secret_path): (.*)/).flatten).to match_array(secrets)
    expect(compose["secrets"].keys).to match_array(secrets.map { |path| File.basename(path) })
  end

  # What lies in the checkout could get into the image.
  it "has them in the folder that docs/gitlab.md makes, outside of the checkout" do
    compose = YAML.safe_load_file(support("docker", "docker-compose.yml"))
    used = [*compose["secrets"].values.map { |secret| secret["file"] },
            *compose.dig("services", "mail_room", "volumes").map { |volume| volume[/\A[^:]+/] }]
    made = MarkdownPage.new("docs/gitlab.md").blocks.find { |block| block.text.include?("install -d -m 700") }.text
    expect(used.map { |path| File.dirname(path) }.uniq).to eq([made[/install -d -m 700 (\S+)/, 1]])
    expect(used).to match_array(made.scan(/>(\S+)/).flatten.push("/etc/gitlab-mailroom/mail_room.yml"))
  end
end
