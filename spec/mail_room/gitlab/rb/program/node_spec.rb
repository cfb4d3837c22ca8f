# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Rb::Program::Node do
  subject(:node) { described_class.new }

  it "knows the names and the processors of the machine" do
    expect([node["machinename"], node[:cpu][:total], node.read("cpu", "total")])
      .to eq([Socket.gethostname, Etc.nprocessors, Etc.nprocessors])
    expect(node["fqdn"]).to include(node["hostname"])
  end

  it "is text that no setting may have where it knows nothing" do
    expect("#{node['platform']} #{[node['memory']['total'].sub('kB', '')]}")
      .to eq("[not known here] [[not known here]]")
  end

  it "can be calculated with" do
    other = node["memory"]
    expect([other.to_i, other.to_f, [3, other].min, (other * 2).to_i, (2 * other).to_i]).to eq([0, 0.0, 3, 0, 0])
  end

  it "is no list and no text by itself" do
    expect([[node], Array(node["a"]).size]).to eq([[node].flatten, 1])
    expect { "a" + node["a"] }.to raise_error(TypeError) # rubocop:disable Style/StringConcatenation
  end
end
